using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using TSpin.Files;
using TSpin.Torch;

namespace TSpin.Models;

/// <summary>Writes the <c>config.json</c> and <c>generation_config.json</c> of a model made here, in the form transformers reads.</summary>
public static class DecoderConfigWriter
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes both files.</summary>
    /// <param name="config">A configuration of the llama family.</param>
    /// <param name="folder">Where to.</param>
    public static void Write(DecoderConfig config, string folder)
    {
        if (config.Family != "llama")
        {
            throw new ArgumentException($"only models of the llama family are made here, not {config.Family}; other checkpoints keep the config.json they came with");
        }

        var json = new JsonObject
        {
            ["architectures"] = new JsonArray("LlamaForCausalLM"),
            ["attention_bias"] = config.QueryKeyValueBias,
            ["attention_dropout"] = 0.0,
            ["bos_token_id"] = config.BosId,
            ["eos_token_id"] = Ids(config.EosIds),
            ["head_dim"] = config.HeadDimension,
            ["hidden_act"] = "silu",
            ["hidden_size"] = config.HiddenSize,
            ["initializer_range"] = config.InitializerDeviation,
            ["intermediate_size"] = config.IntermediateSize,
            ["max_position_embeddings"] = config.MaxPositions,
            ["mlp_bias"] = config.FeedForwardBias,
            ["model_type"] = "llama",
            ["num_attention_heads"] = config.HeadCount,
            ["num_hidden_layers"] = config.LayerCount,
            ["num_key_value_heads"] = config.KeyValueHeadCount,
            ["rms_norm_eps"] = config.NormEpsilon,
            ["rope_scaling"] = null,
            ["rope_theta"] = config.Ropes[0]!.Theta,
            ["tie_word_embeddings"] = config.TieEmbeddings,
            ["torch_dtype"] = config.StoredType switch { DType.BFloat16 => "bfloat16", DType.Float16 => "float16", DType.Float64 => "float64", _ => "float32" },
            ["use_cache"] = true,
            ["vocab_size"] = config.VocabularySize,
        };
        AtomicFile.WriteText(Path.Combine(folder, "config.json"), json.ToJsonString(Format) + "\n");
        var generation = new JsonObject { ["bos_token_id"] = config.BosId, ["eos_token_id"] = Ids(config.EosIds) };
        AtomicFile.WriteText(Path.Combine(folder, "generation_config.json"), generation.ToJsonString(Format) + "\n");
    }

    private static JsonNode? Ids(int[] ids) => ids.Length switch
    {
        0 => null,
        1 => JsonValue.Create(ids[0]),
        _ => new JsonArray([.. ids.Select(id => JsonValue.Create(id))]),
    };
}
