using System.Text.Json;
using System.Text.Json.Nodes;
using TSpin.Tokenizers;

namespace TSpin.Tests.Tokenizers;

/// <summary>Small tokenizers that tests make themselves.</summary>
internal static class TestTokenizers
{
    /// <summary>Bytes only, and the special token <c>&lt;eos&gt;</c> with id 0.</summary>
    public static Tokenizer ByteLevel() => Load(BpeTrainer.Train([], 257, ["<eos>"]));

    /// <summary>Llama's form: metaspace for spaces, unknown characters as byte tokens, <c>&lt;unk&gt;</c> 0, <c>&lt;s&gt;</c> 1.</summary>
    public static Tokenizer ByteFallback()
    {
        var tokens = new List<string> { "<unk>", "<s>" };
        tokens.AddRange(Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>"));
        tokens.AddRange(["▁", "a", "b", "c", "ab", "▁ab", "▁▁"]);
        var json = Skeleton("BPE");
        json["added_tokens"] = new JsonArray(AddedToken("<unk>"), AddedToken("<s>"));
        json["normalizer"] = JsonNode.Parse("""{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]}""");
        json["decoder"] = JsonNode.Parse("""{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}""");
        json["post_processor"] = JsonNode.Parse("""{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"pair":[],"special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]}}}""");
        var model = json["model"]!.AsObject();
        model["vocab"] = new JsonObject(tokens.Select((t, i) => KeyValuePair.Create(t, (JsonNode?)i)));
        model["merges"] = JsonNode.Parse("""[["a","b"],["▁","ab"],["▁","▁"]]""");
        model["unk_token"] = "<unk>";
        model["byte_fallback"] = true;
        model["fuse_unk"] = true;
        return Load(json);
    }

    /// <summary>A tokenizer.json with nothing in it but the model's type.</summary>
    public static JsonObject Skeleton(string modelType) => new()
    {
        ["version"] = "1.0",
        ["added_tokens"] = new JsonArray(),
        ["normalizer"] = null,
        ["pre_tokenizer"] = null,
        ["post_processor"] = null,
        ["decoder"] = null,
        ["model"] = new JsonObject { ["type"] = modelType },
    };

    /// <summary>Every byte its own token, without a split: decoding the ids shows what the normalizer leaves.</summary>
    public static JsonObject Bytes()
    {
        var trained = JsonNode.Parse(BpeTrainer.Train([], 256, []))!.AsObject();
        trained["pre_tokenizer"] = JsonNode.Parse("""{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}""");
        return trained;
    }

    public static JsonObject AddedToken(string content, bool special = true, bool normalized = false, bool singleWord = false, bool lstrip = false, bool rstrip = false) => new()
    {
        ["id"] = 0,
        ["content"] = content,
        ["single_word"] = singleWord,
        ["lstrip"] = lstrip,
        ["rstrip"] = rstrip,
        ["normalized"] = normalized,
        ["special"] = special,
    };

    public static Tokenizer Load(JsonNode json) => Load(json.ToJsonString(new JsonSerializerOptions()));

    public static Tokenizer Load(string json)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, json);
            return Tokenizer.Load(file);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
