using System.Text.Json;
using TSpin.Gguf;
using TSpin.Models.Families;
using TSpin.Torch;

namespace TSpin.Models;

/// <summary>
/// Reads a Hugging Face <c>config.json</c> in the form published checkpoints have (<c>rope_theta</c>, <c>torch_dtype</c>) and in that of
/// transformers 5 (<c>rope_parameters</c>, <c>dtype</c>). An option that would change the computation and is not supported is refused by name.
/// </summary>
public static class DecoderConfigReader
{
    internal const string FileName = "config.json";
    internal const string GenerationFileName = "generation_config.json";

    // Every layer gets entries in tables before a weight is looked for, so a damaged number must not decide their size.
    private const int MostLayers = 4096;

    /// <summary>Reads a configuration.</summary>
    /// <param name="folder">The model folder, a .gguf file, or a folder with one and without config.json.</param>
    /// <param name="fileName">Default: <c>config.json</c>.</param>
    /// <returns>The shape of the model.</returns>
    /// <exception cref="TSpinException">Missing or malformed file, unknown family, unsupported option, sizes that do not fit together.</exception>
    public static DecoderConfig Read(string folder, string fileName = "config.json")
    {
        if (GgufModelFile.Find(folder) is { } path)
        {
            using var gguf = GgufFile.Open(path);
            return Gguf.GgufConfig.Read(gguf) with { EosSource = Path.GetFileName(path) };
        }

        return WithEndsOf(folder, Read(ConfigJson.Read(Path.Combine(folder, fileName))));
    }

    /// <summary>A configuration with the ends that a folder's generation_config.json names, as transformers and vLLM take them; unchanged where it names none.</summary>
    /// <param name="folder">A model's folder, or that of an adapter, which keeps the ends it was trained with there.</param>
    /// <param name="config">The configuration.</param>
    /// <returns>The configuration.</returns>
    /// <exception cref="TSpinException">The file is damaged.</exception>
    public static DecoderConfig WithEndsOf(string folder, DecoderConfig config)
    {
        var generation = Path.Combine(folder, GenerationFileName);
        return File.Exists(generation) && ConfigJson.Read(generation).TokenIds("eos_token_id") is { Length: > 0 } ids ? config with { EosIds = [.. config.EosIds.Intersect(ids), .. ids.Distinct().Except(config.EosIds)], EosSource = GenerationFileName } : config;
    }

    /// <summary>Reads a configuration that is not in a file of its own, for example one made from a GGUF's metadata.</summary>
    /// <param name="json">An object with the keys of config.json.</param>
    /// <param name="source">What errors call it.</param>
    /// <returns>The shape of the model.</returns>
    /// <exception cref="TSpinException">As for a file.</exception>
    public static DecoderConfig Parse(JsonElement json, string source) => Read(ConfigJson.Of(source, json));

    /// <summary>Whether a folder holds a larger model, of which only a part is read: one that sees images too.</summary>
    /// <param name="folder">A Hugging Face model folder.</param>
    /// <returns>True where its config.json is not this model's own.</returns>
    /// <exception cref="TSpinException">As for <see cref="Read(string, string)"/>.</exception>
    public static bool IsPartOfLarger(string folder) => IsPartOfLarger(ConfigJson.Read(Path.Combine(folder, "config.json")));

    /// <summary>Whether config.json says of which type the weights are; else the weights do.</summary>
    internal static bool NamesType(string folder, string fileName) => TextPart(ConfigJson.Read(Path.Combine(folder, fileName))) is var json && (json.Has("dtype") || json.Has("torch_dtype"));

    private static bool IsPartOfLarger(ConfigJson json) => json.Text("model_type") == "gemma3";

    private static DecoderConfig Read(ConfigJson json)
    {
        json = TextPart(json);
        var family = ModelFamily.Of(json);
        json = json.Renamed(family.Keys);
        if (json.Has("quantization_config"))
        {
            throw json.Fault("quantization_config", "the weights of this checkpoint are quantized, which this version does not compute with; use the original checkpoint.");
        }

        var config = Common(json, family);
        config = family.Differences(json, config);
        RefuseBias("attention_bias", config.QueryKeyValueBias);
        RefuseBias("mlp_bias", config.FeedForwardBias);
        return config with { Ropes = family.Ropes(json, config, family.Defaults) };

        void RefuseBias(string key, bool supported)
        {
            if (!supported && json.Flag(key, false))
            {
                throw json.Fault(key, $"true is not an option of {family.Name}; only false is supported.");
            }
        }
    }

    // Gemma 3 as most sizes are published also sees images; without images it computes what its text part alone does, and only that is read.
    private static ConfigJson TextPart(ConfigJson json) => !IsPartOfLarger(json) ? json
        : json.SectionWithin("text_config", ["eos_token_id", "bos_token_id", "torch_dtype", "dtype", "tie_word_embeddings", "quantization_config"], ("model_type", "gemma3_text"));

    private static DecoderConfig Common(ConfigJson json, ModelFamily family)
    {
        var defaults = family.Defaults;
        var hidden = json.Count("hidden_size", defaults.HiddenSize);
        var heads = json.Count("num_attention_heads", defaults.HeadCount);
        var layers = json.Count("num_hidden_layers", defaults.LayerCount);
        if (layers > MostLayers)
        {
            throw json.Fault("num_hidden_layers", $"{layers} is more than any model has (limit {MostLayers}); download the checkpoint's config.json again.");
        }

        var headDimension = json.CountOrNull("head_dim", defaults.HeadDimension);
        if (headDimension is null && hidden % heads != 0)
        {
            throw json.Fault("hidden_size", $"{hidden} is not a multiple of num_attention_heads {heads}, and head_dim is not given.");
        }

        var keyValueHeads = json.CountOrNull("num_key_value_heads", defaults.KeyValueHeadCount) ?? heads;
        if (heads % keyValueHeads != 0)
        {
            throw json.Fault("num_key_value_heads", $"{keyValueHeads} does not divide num_attention_heads {heads}.");
        }

        return new DecoderConfig
        {
            Family = family.Name,
            VocabularySize = json.Count("vocab_size", defaults.VocabularySize),
            HiddenSize = hidden,
            IntermediateSize = json.Count("intermediate_size", defaults.IntermediateSize),
            LayerCount = layers,
            HeadCount = heads,
            KeyValueHeadCount = keyValueHeads,
            HeadDimension = headDimension ?? hidden / heads,
            MaxPositions = json.Count("max_position_embeddings", defaults.MaxPositions),
            NormEpsilon = json.Positive("rms_norm_eps", defaults.NormEpsilon),
            Ropes = [],
            Windows = new int?[layers],
            TieEmbeddings = json.Flag("tie_word_embeddings", defaults.TieEmbeddings),
            Activation = ReadActivation(json, defaults.Activation),
            EosIds = json.Mentions("eos_token_id") || defaults.EosId is not { } end ? json.TokenIds("eos_token_id") : [end],
            EosSource = json.Mentions("eos_token_id") || defaults.EosId is null ? FileName : $"{family.Name}'s default, as {FileName} names none",
            BosId = json.TokenIds("bos_token_id") is [var bos, ..] ? bos : json.Mentions("bos_token_id") ? null : defaults.BosId,
            InitializerDeviation = json.Positive("initializer_range", 0.02),
            StoredType = StoredType(json),
        };
    }

    private static Activation ReadActivation(ConfigJson json, string otherwise) => (json.Text("hidden_act") ?? otherwise) switch
    {
        "silu" or "swish" => Activation.Silu,
        "gelu" or "gelu_python" => Activation.Gelu,
        "gelu_pytorch_tanh" or "gelu_python_tanh" or "gelu_new" or "gelu_fast" or "gelu_accurate" => Activation.GeluTanh,
        "relu" => Activation.Relu,
        var other => throw json.Fault("hidden_act", $"'{other}' is not supported; known are silu, gelu, gelu_pytorch_tanh, gelu_new, gelu_fast and relu."),
    };

    private static DType StoredType(ConfigJson json) => (json.Text("dtype") ?? json.Text("torch_dtype")) switch
    {
        null or "float32" or "float" => DType.Float32,
        "bfloat16" => DType.BFloat16,
        "float16" or "half" => DType.Float16,
        "float64" or "double" => DType.Float64,
        var other => throw json.Fault("torch_dtype", $"'{other}' is unknown; known are float32, bfloat16, float16 and float64."),
    };
}
