using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using TSpin.Files;
using TSpin.Models.Families;
using TSpin.Torch;

namespace TSpin.Models;

/// <summary>
/// Writes the <c>config.json</c> and <c>generation_config.json</c> of a model made here, in the form of published checkpoints, which every
/// transformers since 4.43 reads. What is written is read back before it is believed.
/// </summary>
public static class DecoderConfigWriter
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes both files.</summary>
    /// <param name="config">A configuration of any known family.</param>
    /// <param name="folder">Where to.</param>
    /// <exception cref="ArgumentException">The family has no words for something in the configuration.</exception>
    public static void Write(DecoderConfig config, string folder)
    {
        AtomicFile.WriteText(Path.Combine(folder, "config.json"), ToJson(config).ToJsonString(Format) + "\n");
        var generation = new JsonObject { ["bos_token_id"] = config.BosId, ["eos_token_id"] = Ids(config.EosIds) };
        AtomicFile.WriteText(Path.Combine(folder, "generation_config.json"), generation.ToJsonString(Format) + "\n");
    }

    /// <summary>The configuration as config.json has it.</summary>
    /// <param name="config">A configuration of any known family.</param>
    /// <returns>An object that reads back as the same configuration.</returns>
    /// <exception cref="ArgumentException">The family has no words for something in the configuration.</exception>
    public static JsonObject ToJson(DecoderConfig config)
    {
        var family = ModelFamily.All.FirstOrDefault(family => family.Name == config.Family)
            ?? throw new ArgumentException($"'{config.Family}' is not a known family: {ModelFamily.KnownNames}");
        var words = Common(config, family);
        family.Words(config, words);

        // Keys in the family's names and in transformers' order, which is the alphabet's.
        var json = new JsonObject();
        foreach (var (key, value) in words.ToArray().Select(pair => KeyValuePair.Create(family.Keys.GetValueOrDefault(pair.Key, pair.Key), pair.Value)).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            json[key] = value?.DeepClone();
        }

        return Same(DecoderConfigReader.Parse(JsonSerializer.SerializeToElement(json), "the configuration"), config)
            ? json
            : throw new ArgumentException($"the {config.Family} family has no words for all of this configuration; another family may, or a checkpoint's own config.json");
    }

    private static JsonObject Common(DecoderConfig config, ModelFamily family) => new()
    {
        ["architectures"] = new JsonArray(family.Architecture),
        ["bos_token_id"] = config.BosId,
        ["eos_token_id"] = Ids(config.EosIds),
        ["hidden_act"] = config.Activation switch { Activation.Gelu => "gelu", Activation.GeluTanh => "gelu_pytorch_tanh", Activation.Relu => "relu", _ => "silu" },
        ["hidden_size"] = config.HiddenSize,
        ["initializer_range"] = ConfigWords.Real(config.InitializerDeviation),
        ["intermediate_size"] = config.IntermediateSize,
        ["max_position_embeddings"] = config.MaxPositions,
        ["model_type"] = family.Name,
        ["num_attention_heads"] = config.HeadCount,
        ["num_hidden_layers"] = config.LayerCount,
        ["rms_norm_eps"] = ConfigWords.Real(config.NormEpsilon),
        ["tie_word_embeddings"] = config.TieEmbeddings,
        ["torch_dtype"] = config.StoredType switch { DType.BFloat16 => "bfloat16", DType.Float16 => "float16", DType.Float64 => "float64", _ => "float32" },
        ["use_cache"] = true,
        ["vocab_size"] = config.VocabularySize,
    };

    // Records compare lists by reference, so they are compared apart.
    private static bool Same(DecoderConfig a, DecoderConfig b) =>
        a with { Windows = b.Windows, Ropes = b.Ropes, EosIds = b.EosIds, EosSource = b.EosSource } == b
        && a.Windows.SequenceEqual(b.Windows) && a.Ropes.SequenceEqual(b.Ropes) && a.EosIds.SequenceEqual(b.EosIds);

    private static JsonNode? Ids(int[] ids) => ids.Length switch
    {
        0 => null,
        1 => JsonValue.Create(ids[0]),
        _ => new JsonArray([.. ids.Select(id => JsonValue.Create(id))]),
    };
}
