using TSpin.Torch;

namespace TSpin.Models;

/// <summary>
/// Reads a Hugging Face <c>config.json</c> in the form published checkpoints have (<c>rope_theta</c>, <c>torch_dtype</c>) and in that of
/// transformers 5 (<c>rope_parameters</c>, <c>dtype</c>). An option that would change the computation and is not supported is refused by name.
/// </summary>
public static class DecoderConfigReader
{
    // Every layer gets entries in tables before a weight is looked for, so a damaged number must not decide their size.
    private const int MostLayers = 4096;

    /// <summary>Reads a configuration.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="fileName">Default: <c>config.json</c>.</param>
    /// <returns>The shape of the model.</returns>
    /// <exception cref="TSpinException">Missing or malformed file, unknown family, unsupported option, sizes that do not fit together.</exception>
    public static DecoderConfig Read(string folder, string fileName = "config.json")
    {
        var json = ConfigJson.Read(Path.Combine(folder, fileName));
        var family = ModelFamily.Of(json);

        var hidden = json.Count("hidden_size", 4096);
        var heads = json.Count("num_attention_heads", 32);
        var layers = json.Count("num_hidden_layers", 32);
        if (layers > MostLayers)
        {
            throw json.Fault("num_hidden_layers", $"{layers} is more than any model has (limit {MostLayers}); download the checkpoint's config.json again.");
        }

        if (json.OptionalCount("head_dim") is null && hidden % heads != 0)
        {
            throw json.Fault("hidden_size", $"{hidden} is not a multiple of num_attention_heads {heads}, and head_dim is not given.");
        }

        var headDimension = json.OptionalCount("head_dim") ?? hidden / heads;
        var keyValueHeads = json.Count("num_key_value_heads", family.KeyValueHeadCount ?? heads);
        if (heads % keyValueHeads != 0)
        {
            throw json.Fault("num_key_value_heads", $"{keyValueHeads} does not divide num_attention_heads {heads}.");
        }

        if (headDimension % 2 != 0)
        {
            throw json.Fault("head_dim", $"{headDimension} is odd; rotary embedding needs pairs.");
        }

        if (json.Text("hidden_act") is { } activation and not ("silu" or "swish"))
        {
            throw json.Fault("hidden_act", $"'{activation}' is not supported for {family.Name}; known is silu.");
        }

        return new DecoderConfig
        {
            Family = family.Name,
            VocabularySize = json.Count("vocab_size", family.VocabularySize),
            HiddenSize = hidden,
            IntermediateSize = json.Count("intermediate_size", family.IntermediateSize),
            LayerCount = layers,
            HeadCount = heads,
            KeyValueHeadCount = keyValueHeads,
            HeadDimension = headDimension,
            MaxPositions = json.Count("max_position_embeddings", family.MaxPositions),
            NormEpsilon = json.Positive("rms_norm_eps", 1e-6),
            RopeTheta = RopeTheta(json),
            TieEmbeddings = json.Flag("tie_word_embeddings", false),
            QueryKeyValueBias = family.QueryKeyValueBias || (family.BiasKeys && json.Flag("attention_bias", false)),
            AttentionOutputBias = family.BiasKeys && json.Flag("attention_bias", false),
            FeedForwardBias = family.BiasKeys && json.Flag("mlp_bias", false),
            Windows = family.Windows(json, layers),
            EosIds = EndIds(folder, json),
            BosId = json.TokenIds("bos_token_id") is [var bos, ..] ? bos : null,
            InitializerDeviation = json.Positive("initializer_range", 0.02),
            StoredType = StoredType(json),
        };
    }

    // Generation stops on the ids of both files, as in transformers; chat models often list the end of a turn in the second only.
    private static int[] EndIds(string folder, ConfigJson json)
    {
        var generation = Path.Combine(folder, "generation_config.json");
        var more = File.Exists(generation) ? ConfigJson.Read(generation).TokenIds("eos_token_id") : [];
        return [.. json.TokenIds("eos_token_id").Union(more)];
    }

    private static double RopeTheta(ConfigJson json)
    {
        const double transformersDefault = 10000;
        // Scaled rotary embeddings change every position; a model that names one must not be computed without it.
        foreach (var key in new[] { "rope_scaling", "rope_parameters" })
        {
            if (json.Section(key) is { } section && (section.Text("rope_type") ?? section.Text("type")) is { } type and not "default")
            {
                throw json.Fault(key, $"rope type '{type}' is not supported by this version; known is default.");
            }
        }

        return json.Section("rope_parameters") is { } parameters && parameters.Has("rope_theta")
            ? parameters.Positive("rope_theta", transformersDefault)
            : json.Positive("rope_theta", transformersDefault);
    }

    private static DType StoredType(ConfigJson json) => (json.Text("dtype") ?? json.Text("torch_dtype")) switch
    {
        null or "float32" => DType.Float32,
        "bfloat16" => DType.BFloat16,
        "float16" => DType.Float16,
        "float64" => DType.Float64,
        var other => throw json.Fault("torch_dtype", $"'{other}' is unknown; known are float32, bfloat16, float16 and float64."),
    };
}
