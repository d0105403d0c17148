using System.Text.Json.Nodes;

namespace TSpin.Models.Families;

/// <summary>Llama and those that differ from it by an option or two.</summary>
internal static class LlamaFamilies
{
    public static readonly ModelFamily Llama = new()
    {
        Name = "llama",
        Architecture = "LlamaForCausalLM",
        Differences = Biases,
        Words = (config, json) =>
        {
            ModelFamily.Heads(config, json);
            ConfigWords.Biases(config, json);
        },
    };

    public static readonly ModelFamily Mistral = new()
    {
        Name = "mistral",
        Architecture = "MistralForCausalLM",
        Defaults = new() { IntermediateSize = 14336, KeyValueHeadCount = 8, MaxPositions = 4096 * 32 },
        Differences = (json, config) => config with { Windows = [.. Enumerable.Repeat(json.CountOrNull("sliding_window", 4096), config.LayerCount)] },
        Words = (config, json) =>
        {
            ModelFamily.Heads(config, json);
            ConfigWords.Window(config, json);
        },
    };

    public static readonly ModelFamily SmolLm3 = new()
    {
        Name = "smollm3",
        Architecture = "SmolLM3ForCausalLM",
        Defaults = new()
        {
            VocabularySize = 128256,
            HiddenSize = 2048,
            LayerCount = 36,
            HeadCount = 16,
            KeyValueHeadCount = 4,
            MaxPositions = 32768,
            RopeTheta = 2_000_000,
            TieEmbeddings = true,
            BosId = 128000,
            EosId = 128001,
        },
        Ropes = (json, config, defaults) =>
        {
            var settings = RopeReader.Read(json, config, defaults);
            return [.. WithRope(json, config.LayerCount).Select(turns => turns ? settings : null)];
        },
        Differences = (json, config) =>
        {
            var turns = WithRope(json, config.LayerCount);
            var window = json.OptionalCount("sliding_window");
            var slidesByRule = json.Flag("use_sliding_window", false);
            var slides = LayerTypes.Slides(json, config.LayerCount, layer => slidesByRule && !turns[layer]);
            return Biases(json, config) with { Windows = LayerTypes.Windows(slides, window) };
        },
        Words = (config, json) =>
        {
            ModelFamily.Heads(config, json);
            ConfigWords.Biases(config, json);
            ConfigWords.SwitchedWindow(config, json);
            json["no_rope_layers"] = new JsonArray([.. config.Ropes.Select(rope => JsonValue.Create(rope is null ? 0 : 1))]);
        },
    };

    public static readonly ModelFamily Olmo2 = new()
    {
        Name = "olmo2",
        Architecture = "Olmo2ForCausalLM",
        Defaults = new() { VocabularySize = 50304, NormEpsilon = 1e-5, BosId = null, EosId = 50279 },
        Differences = (json, config) => AttentionBias(json, config) with
        {
            QueryKeyNormPerHead = false,
            Modules = ModuleNames.Llama with
            {
                BeforeAttention = null,
                AfterAttention = "post_attention_layernorm",
                BeforeFeedForward = null,
                AfterFeedForward = "post_feedforward_layernorm",
                QueryNorm = "self_attn.q_norm",
                KeyNorm = "self_attn.k_norm",
            },
        },
        Words = (config, json) =>
        {
            ModelFamily.Heads(config, json);
            ConfigWords.AttentionBias(config, json);
        },
    };

    public static readonly ModelFamily Granite = new()
    {
        Name = "granite",
        Architecture = "GraniteForCausalLM",
        Differences = (json, config) => Biases(json, config) with
        {
            AttentionScale = json.Positive("attention_multiplier", 1),
            EmbeddingScale = json.Positive("embedding_multiplier", 1),
            ResidualScale = json.Positive("residual_multiplier", 1),
            LogitDivisor = json.Positive("logits_scaling", 1),
        },
        Words = (config, json) =>
        {
            ModelFamily.Heads(config, json);
            ConfigWords.Biases(config, json);
            json["attention_multiplier"] = ConfigWords.Real(config.AttentionScale);
            json["embedding_multiplier"] = ConfigWords.Real(config.EmbeddingScale);
            json["residual_multiplier"] = ConfigWords.Real(config.ResidualScale);
            json["logits_scaling"] = ConfigWords.Real(config.LogitDivisor);
        },
    };

    /// <summary><c>attention_bias</c> puts a bias on all four projections.</summary>
    public static DecoderConfig AttentionBias(ConfigJson json, DecoderConfig config)
    {
        var biased = json.Flag("attention_bias", false);
        return config with { QueryKeyValueBias = biased, AttentionOutputBias = biased };
    }

    private static DecoderConfig Biases(ConfigJson json, DecoderConfig config) =>
        AttentionBias(json, config) with { FeedForwardBias = json.Flag("mlp_bias", false) };

    private static bool[] WithRope(ConfigJson json, int layers)
    {
        const int usualInterval = 4;
        if (json.Flags("no_rope_layers") is not { } turns)
        {
            var interval = json.Count("no_rope_layer_interval", usualInterval);
            return [.. Enumerable.Range(1, layers).Select(number => number % interval != 0)];
        }

        return turns.Length >= layers ? turns[..layers] : throw json.Fault("no_rope_layers", $"lists {turns.Length} layers but num_hidden_layers is {layers}.");
    }
}
