using System.Text.Json;
using System.Text.Json.Nodes;
using TSpin.Gguf;
using TSpin.Models.Families;

namespace TSpin.Models.Gguf;

/// <summary>
/// Says in the words of config.json what the metadata of a GGUF file say of a model, so that the one reader judges both. A key of the
/// architecture that is not understood is refused by name: it might change the computation.
/// </summary>
internal static class GgufConfig
{
    private const string Embedding = "token_embd.weight";
    private const string Head = "output.weight";
    private const int MostLayers = 4096;

    public static DecoderConfig Read(GgufFile file)
    {
        var architecture = ArchitectureOf(file);
        var keys = new GgufKeys(file, architecture.Name);
        var json = Words(file, architecture, keys);
        architecture.Words(keys, json);
        keys.Ignore("vocab_size", "tensor_data_layout");
        var turned = keys.Integer("rope.dimension_count");
        var valueWidth = keys.Integer("attention.value_length");
        keys.RefuseUnread();

        var config = Parse(file, json);
        if (turned is { } dimensions && config.Ropes.OfType<RopeSettings>().FirstOrDefault() is { } rope && dimensions != rope.Dimensions)
        {
            throw keys.Fault("rope.dimension_count", $"{dimensions} differs from what the model turns of a head, {rope.Dimensions}, which is not supported. Use the model's Hugging Face folder.");
        }

        return valueWidth is { } width && width != config.HeadDimension
            ? throw keys.Fault("attention.value_length", $"{width} differs from the width of a head, {config.HeadDimension}, which is not supported. Use the model's Hugging Face folder.")
            : config;
    }

    public static GgufArchitecture ArchitectureOf(GgufFile file)
    {
        var name = file.Metadata.Text("general.architecture") ?? throw file.Metadata.Fault("general.architecture", "is missing. Download the file again.");
        return GgufArchitecture.All.FirstOrDefault(architecture => architecture.Name == name)
            ?? throw file.Metadata.Fault("general.architecture", $"'{name}' can't be loaded from a GGUF; known are {GgufArchitecture.KnownNames}. Use the model's Hugging Face folder.");
    }

    private static JsonObject Words(GgufFile file, GgufArchitecture architecture, GgufKeys keys)
    {
        var embedding = file.Tensors.GetValueOrDefault(Embedding) is { Shape.Length: 2 } found
            ? found
            : throw new TSpinException($"{file.Path}: has no tensor {Embedding} with two dimensions, so it holds no model (a vocabulary only?). Use the model's own GGUF file.");
        var layers = keys.Required("block_count");
        if (layers is < 1 or > MostLayers)
        {
            throw keys.Fault("block_count", $"{layers} is not a number of blocks from 1 to {MostLayers}. Download the file again.");
        }

        var theta = keys.Decimal("rope.freq_base") ?? architecture.DefaultTheta;
        var json = new JsonObject
        {
            ["model_type"] = architecture.Family,
            ["vocab_size"] = embedding.Shape[0],
            ["hidden_size"] = keys.Required("embedding_length"),
            ["intermediate_size"] = keys.Required("feed_forward_length"),
            ["num_hidden_layers"] = layers,
            ["num_attention_heads"] = keys.Required("attention.head_count"),
            ["num_key_value_heads"] = keys.Integer("attention.head_count_kv") ?? keys.Required("attention.head_count"),
            ["max_position_embeddings"] = keys.Required("context_length"),
            ["rms_norm_eps"] = keys.RequiredDecimal(architecture.NormEpsilon),
            [architecture.ThetaWord] = theta,
            ["rope_scaling"] = GgufRope.Scaling(keys, theta),
            ["tie_word_embeddings"] = !file.Tensors.TryGetValue(Head, out var head) || file.SameBytes(head, embedding),
            ["torch_dtype"] = embedding.Type switch { GgufType.BF16 => "bfloat16", GgufType.F16 => "float16", _ => "float32" },
            ["bos_token_id"] = file.Metadata.TokenId("tokenizer.ggml.bos_token_id"),
            ["eos_token_id"] = Ends(file.Metadata),
        };
        if (keys.Integer("attention.key_length") is { } width)
        {
            json["head_dim"] = width;
        }

        return json;
    }

    private static DecoderConfig Parse(GgufFile file, JsonObject words)
    {
        // The family may have names of its own for the usual keys.
        var names = ModelFamily.All.First(family => family.Name == words["model_type"]!.GetValue<string>()).Keys;
        var json = new JsonObject();
        foreach (var (key, value) in words)
        {
            json[names.GetValueOrDefault(key, key)] = value?.DeepClone();
        }

        return DecoderConfigReader.Parse(JsonSerializer.SerializeToElement(json), file.Path);
    }

    // Generation stops at the end of the text, of a turn and of a message, where the file names them.
    private static JsonArray Ends(GgufMetadata metadata)
    {
        string[] keys = ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"];
        return [.. keys.Select(metadata.TokenId).OfType<long>().Distinct().Select(id => (JsonNode)JsonValue.Create(id))];
    }
}
