using System.Globalization;
using System.Text.Json.Nodes;
using TSpin.Gguf;

namespace TSpin.Models;

/// <summary>
/// Says in the words of config.json what the metadata of a GGUF file say of a model, so that the one reader judges both. A key of the
/// architecture that is not understood is refused by name: it might change the computation.
/// </summary>
internal static class GgufConfig
{
    private static readonly string[] Architectures = ["llama", "qwen2", "qwen3"];

    // Keys that are read below, and those that repeat what another key or the tensors say.
    private static readonly HashSet<string> Understood = new(StringComparer.Ordinal)
    {
        "block_count", "context_length", "embedding_length", "feed_forward_length", "attention.head_count", "attention.head_count_kv",
        "attention.key_length", "attention.value_length", "attention.layer_norm_rms_epsilon", "rope.freq_base", "rope.dimension_count",
        "rope.scaling.type", "rope.scaling.factor", "vocab_size", "tensor_data_layout",
    };

    public static DecoderConfig Read(GgufFile file)
    {
        var metadata = file.Metadata;
        var architecture = ArchitectureOf(file);
        RefuseUnknown(metadata, architecture);
        var embedding = file.Tensors.GetValueOrDefault("token_embd.weight") is { Shape.Length: 2 } found
            ? found
            : throw new TSpinException($"{file.Path}: has no tensor token_embd.weight with two dimensions, so it holds no model (a vocabulary only?). Use the model's own GGUF file.");

        var json = new JsonObject
        {
            ["model_type"] = architecture,
            ["vocab_size"] = embedding.Shape[0],
            ["hidden_size"] = Required("embedding_length"),
            ["intermediate_size"] = Required("feed_forward_length"),
            ["num_hidden_layers"] = Required("block_count"),
            ["num_attention_heads"] = Required("attention.head_count"),
            ["num_key_value_heads"] = Optional("attention.head_count_kv") ?? Required("attention.head_count"),
            ["max_position_embeddings"] = Required("context_length"),
            ["rms_norm_eps"] = Decimal("attention.layer_norm_rms_epsilon") ?? throw Missing("attention.layer_norm_rms_epsilon"),
            ["rope_theta"] = Decimal("rope.freq_base") ?? 10000,
            ["tie_word_embeddings"] = !file.Tensors.ContainsKey("output.weight"),
            ["torch_dtype"] = embedding.Type switch { GgufType.BF16 => "bfloat16", GgufType.F16 => "float16", _ => "float32" },
            ["bos_token_id"] = metadata.Integer("tokenizer.ggml.bos_token_id"),
            ["eos_token_id"] = Ends(metadata),
        };
        if (Optional("attention.key_length") is { } width)
        {
            json["head_dim"] = width;
        }

        if (architecture != "qwen2" && file.Tensors.ContainsKey("blk.0.attn_q.bias"))
        {
            json["attention_bias"] = true;
        }

        if (architecture == "llama" && file.Tensors.ContainsKey("blk.0.ffn_up.bias"))
        {
            json["mlp_bias"] = true;
        }

        switch (metadata.Text($"{architecture}.rope.scaling.type"))
        {
            case null or "none":
                break;
            case "linear":
                json["rope_scaling"] = new JsonObject { ["rope_type"] = "linear", ["factor"] = Decimal("rope.scaling.factor") ?? throw Missing("rope.scaling.factor") };
                break;
            case var other:
                throw metadata.Fault($"{architecture}.rope.scaling.type", $"'{other}' is not supported in a GGUF; known are none and linear. Use the model's Hugging Face folder.");
        }

        using var document = System.Text.Json.JsonDocument.Parse(json.ToJsonString());
        var config = DecoderConfigReader.Parse(document.RootElement.Clone(), file.Path);
        foreach (var key in (string[])["rope.dimension_count", "attention.value_length"])
        {
            if (Optional(key) is { } stated && stated != config.HeadDimension)
            {
                throw metadata.Fault($"{architecture}.{key}", $"{stated} differs from the width of a head, {config.HeadDimension}, which is not supported. Use the model's Hugging Face folder.");
            }
        }

        return config;

        long? Optional(string key) => metadata.Integer($"{architecture}.{key}");

        long Required(string key) => Optional(key) ?? throw Missing(key);

        // Converters write float32: the shortest decimal of it is what config.json said.
        double? Decimal(string key) => metadata.Number($"{architecture}.{key}") is { } number
            ? double.IsFinite((float)number) ? double.Parse(((float)number).ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : throw metadata.Fault($"{architecture}.{key}", $"{number} is not a finite number. Download the file again.")
            : null;

        TSpinException Missing(string key) => metadata.Fault($"{architecture}.{key}", "is missing. Convert the model again, or use its Hugging Face folder.");
    }

    public static string ArchitectureOf(GgufFile file)
    {
        var architecture = file.Metadata.Text("general.architecture") ?? throw file.Metadata.Fault("general.architecture", "is missing. Download the file again.");
        return Architectures.Contains(architecture, StringComparer.Ordinal)
            ? architecture
            : throw file.Metadata.Fault("general.architecture", $"'{architecture}' can't be loaded from a GGUF; known are {string.Join(", ", Architectures)}. Use the model's Hugging Face folder.");
    }

    private static void RefuseUnknown(GgufMetadata metadata, string architecture)
    {
        foreach (var key in metadata.Keys)
        {
            if (key.StartsWith(architecture + ".", StringComparison.Ordinal) && !Understood.Contains(key[(architecture.Length + 1)..]))
            {
                throw metadata.Fault(key, "is an option that TSpin does not know in a GGUF, and it might change what the model computes. Use the model's Hugging Face folder.");
            }
        }
    }

    // Generation stops at the end of the text and at the end of a turn, where the file names both.
    private static JsonArray Ends(GgufMetadata metadata)
    {
        string[] keys = ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"];
        return [.. keys.Select(metadata.Integer).OfType<long>().Distinct().Select(id => (JsonNode)JsonValue.Create(id))];
    }
}
