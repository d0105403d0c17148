using System.Text.Json.Nodes;

namespace TSpin.Models.Families;

/// <summary>Gemma 1, 2 and the text part of 3: norms by 1 + w, embeddings scaled by the root of the width.</summary>
internal static class GemmaFamilies
{
    private static readonly ModuleNames FourNorms = ModuleNames.Llama with
    {
        AfterAttention = "post_attention_layernorm",
        BeforeFeedForward = "pre_feedforward_layernorm",
        AfterFeedForward = "post_feedforward_layernorm",
    };

    private static readonly FamilyDefaults Defaults = new()
    {
        VocabularySize = 256000,
        HiddenSize = 2304,
        IntermediateSize = 9216,
        LayerCount = 26,
        HeadCount = 8,
        KeyValueHeadCount = 4,
        HeadDimension = 256,
        MaxPositions = 8192,
        TieEmbeddings = true,
        Activation = "gelu_pytorch_tanh",
        BosId = 2,
        EosId = 1,
    };

    public static readonly ModelFamily Gemma = new()
    {
        Name = "gemma",
        Architecture = "GemmaForCausalLM",
        Defaults = Defaults with { HiddenSize = 3072, IntermediateSize = 24576, LayerCount = 28, HeadCount = 16, KeyValueHeadCount = 16 },
        Differences = Common,
        Words = (config, json) =>
        {
            ModelFamily.Heads(config, json);
            ConfigWords.AttentionBias(config, json);
            json["hidden_activation"] = json["hidden_act"]!.DeepClone();
        },
    };

    public static readonly ModelFamily Gemma2 = new()
    {
        Name = "gemma2",
        Architecture = "Gemma2ForCausalLM",
        Defaults = Defaults,
        Keys = new Dictionary<string, string> { ["hidden_act"] = "hidden_activation" },
        Differences = (json, config) => Capped(json, config, 50, 30) with
        {
            Windows = LayerTypes.Windows(LayerTypes.Slides(json, config.LayerCount, layer => layer % 2 == 0), json.CountOrNull("sliding_window", 4096)),
            Modules = FourNorms,
        },
        Words = (config, json) =>
        {
            ModelFamily.Heads(config, json);
            CappedWords(config, json);
        },
    };

    public static readonly ModelFamily Gemma3Text = new()
    {
        Name = "gemma3_text",
        Architecture = "Gemma3ForCausalLM",
        Defaults = Defaults with { VocabularySize = 262208, MaxPositions = 131072 },
        Keys = new Dictionary<string, string> { ["hidden_act"] = "hidden_activation" },
        Ropes = (json, config, defaults) =>
        {
            const double globalTheta = 1_000_000;
            const double localTheta = 10_000;
            var parameters = json.Section("rope_parameters");
            var everywhere = RopeReader.Read(
                json.Section("rope_scaling") ?? parameters?.Section("full_attention"), json, config, defaults, globalTheta, "rope_theta");
            var nearby = RopeReader.Read(parameters?.Section("sliding_attention"), json, config, defaults, localTheta, "rope_local_base_freq");
            return [.. Slides3(json, config.LayerCount).Select(slides => slides ? nearby : everywhere)];
        },
        Differences = (json, config) => Capped(json, config, null, null) with
        {
            // transformers reads attn_logit_softcapping for this family and does not apply it.
            AttentionSoftCap = null,
            Windows = LayerTypes.Windows(Slides3(json, config.LayerCount), json.CountOrNull("sliding_window", 4096)),
            Modules = FourNorms with { QueryNorm = "self_attn.q_norm", KeyNorm = "self_attn.k_norm", PartOfLarger = "language_model" },
        },
        Words = (config, json) =>
        {
            ModelFamily.Heads(config, json);
            CappedWords(config, json);
            ConfigWords.Rope(At(slides: true), json, "rope_local_base_freq");
            ConfigWords.Rope(At(slides: false), json, "rope_theta");

            RopeSettings? At(bool slides) => config.Ropes.Zip(config.Windows).FirstOrDefault(block => block.Second is not null == slides).First;
        },
    };

    private static DecoderConfig Common(ConfigJson json, DecoderConfig config)
    {
        if (json.Flag("use_bidirectional_attention", false))
        {
            throw json.Fault("use_bidirectional_attention", "true makes every token see those after it, and such a model cannot answer; only false is supported.");
        }

        return LlamaFamilies.AttentionBias(json, config) with { Norm = NormKind.RootMeanSquarePlusOne, EmbeddingScale = Math.Sqrt(config.HiddenSize) };
    }

    private static DecoderConfig Capped(ConfigJson json, DecoderConfig config, double? scores, double? logits) => Common(json, config) with
    {
        AttentionScale = 1 / Math.Sqrt(json.Positive("query_pre_attn_scalar", 256)),
        AttentionSoftCap = json.PositiveOrNull("attn_logit_softcapping", scores),
        LogitSoftCap = json.PositiveOrNull("final_logit_softcapping", logits),
    };

    private static void CappedWords(DecoderConfig config, JsonObject json)
    {
        ConfigWords.AttentionBias(config, json);
        ConfigWords.WindowByLayer(config, json);
        // transformers' classes take whole numbers only.
        json["query_pre_attn_scalar"] = (int)Math.Round(1 / (config.AttentionScale!.Value * config.AttentionScale.Value));
        json["attn_logit_softcapping"] = ConfigWords.Real(config.AttentionSoftCap);
        json["final_logit_softcapping"] = ConfigWords.Real(config.LogitSoftCap);
    }

    // Every sixth block sees everything.
    private static bool[] Slides3(ConfigJson json, int layers)
    {
        const int usualPattern = 6;
        // transformers 4.5x saves it with an underscore, beside the list of layer types.
        var pattern = json.OptionalCount("sliding_window_pattern") ?? json.Count("_sliding_window_pattern", usualPattern);
        return LayerTypes.Slides(json, layers, layer => (layer + 1) % pattern != 0);
    }
}
