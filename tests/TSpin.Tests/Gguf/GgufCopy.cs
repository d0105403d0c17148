using System.Text.Json;
using TSpin.Models;
using TSpin.Tests.Models;
using TSpin.Torch;

namespace TSpin.Tests.Gguf;

/// <summary>Converts a Hugging Face folder of a small model with a byte-level tokenizer to a GGUF file, as llama.cpp's converter would.</summary>
internal static class GgufCopy
{
    public const string ChatTemplate = "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m.content }}{{ eos_token }}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}";

    /// <summary>Makes the file's contents, ready to be saved or added to.</summary>
    /// <param name="folder">A model folder with tokenizer.json; its first token begins and ends texts in the template.</param>
    /// <param name="pre"><c>tokenizer.ggml.pre</c>.</param>
    public static GgufTestFile Of(string folder, string pre)
    {
        using var decoder = DecoderLoader.Load(folder);
        var weights = decoder.Weights.Names.ToDictionary(name => name, name => decoder.Parameters[name].To(DType.Float32, Device.Cpu).ToArray<float>().Select(value => (double)value).ToArray());
        var file = ConvertedModel.Of(decoder.Config with { BosId = decoder.Config.BosId ?? 0 }, weights);
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "tokenizer.json")));
        return Vocabulary(file, json.RootElement, pre).Set("tokenizer.ggml.add_bos_token", false)
            .Set("tokenizer.chat_template", ChatTemplate).Set("tokenizer.chat_template.short", "{{ messages[0].content }}");
    }

    /// <summary>Adds the vocabulary of a byte-level tokenizer.json.</summary>
    public static GgufTestFile Vocabulary(GgufTestFile file, JsonElement tokenizer, string pre)
    {
        var model = tokenizer.GetProperty("model");
        var texts = model.GetProperty("vocab").EnumerateObject().Select(token => (Id: token.Value.GetInt32(), Text: token.Name, Type: 1))
            .Concat(tokenizer.GetProperty("added_tokens").EnumerateArray()
                .Select(token => (Id: token.GetProperty("id").GetInt32(), Text: token.GetProperty("content").GetString()!, Type: token.GetProperty("special").GetBoolean() ? 3 : 4)))
            .GroupBy(token => token.Id).ToDictionary(group => group.Key, group => group.Last());
        var ids = Enumerable.Range(0, texts.Keys.Max() + 1).ToList();
        return file.Set("tokenizer.ggml.model", "gpt2").Set("tokenizer.ggml.pre", pre)
            .Set("tokenizer.ggml.tokens", ids.Select(id => texts.TryGetValue(id, out var token) ? token.Text : $"[PAD{id}]").ToArray())
            .Set("tokenizer.ggml.token_type", ids.Select(id => texts.TryGetValue(id, out var token) ? token.Type : 5).ToArray())
            .Set("tokenizer.ggml.merges", model.GetProperty("merges").EnumerateArray()
                .Select(merge => merge.ValueKind == JsonValueKind.Array ? $"{merge[0].GetString()} {merge[1].GetString()}" : merge.GetString()!).ToArray());
    }
}
