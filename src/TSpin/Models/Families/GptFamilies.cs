namespace TSpin.Models.Families;

/// <summary>GPT-2 and GPT-NeoX (Pythia): layer norms with biases and a plain feed-forward.</summary>
internal static class GptFamilies
{
    public static readonly ModelFamily Gpt2 = new()
    {
        Name = "gpt2",
        Architecture = "GPT2LMHeadModel",
        Defaults = new()
        {
            VocabularySize = 50257,
            HiddenSize = 768,
            LayerCount = 12,
            HeadCount = 12,
            MaxPositions = 1024,
            NormEpsilon = 1e-5,
            TieEmbeddings = true,
            Activation = "gelu_new",
            BosId = 50256,
            EosId = 50256,
        },
        Keys = new Dictionary<string, string>
        {
            ["hidden_size"] = "n_embd",
            ["num_hidden_layers"] = "n_layer",
            ["num_attention_heads"] = "n_head",
            ["intermediate_size"] = "n_inner",
            ["max_position_embeddings"] = "n_positions",
            ["rms_norm_eps"] = "layer_norm_epsilon",
            ["hidden_act"] = "activation_function",
        },
        Ropes = (_, config, _) => new RopeSettings?[config.LayerCount],
        Differences = (json, config) =>
        {
            if (json.Flag("add_cross_attention", false))
            {
                throw json.Fault("add_cross_attention", "true is for an encoder beside the model; only false is supported.");
            }

            return LayerNorms(config) with
            {
                IntermediateSize = json.Count("intermediate_size", 4 * config.HiddenSize),
                KeyValueHeadCount = config.HeadCount,
                HeadDimension = config.HiddenSize / config.HeadCount,
                QueryKeyValueBias = true,
                AttentionOutputBias = true,
                TransposedProjections = true,
                AttentionScale = json.Flag("scale_attn_weights", true) ? null : 1,
                AttentionScaleByLayer = json.Flag("scale_attn_by_inverse_layer_idx", false),
                Modules = new()
                {
                    BodyPrefix = "transformer.",
                    Embedding = "transformer.wte",
                    Positions = "transformer.wpe",
                    Block = "transformer.h.#.",
                    FinalNorm = "transformer.ln_f",
                    BeforeAttention = "ln_1",
                    BeforeFeedForward = "ln_2",
                    QueryKeyValue = "attn.c_attn",
                    AttentionOutput = "attn.c_proj",
                    Gate = null,
                    Up = "mlp.c_fc",
                    Down = "mlp.c_proj",
                },
            };
        },
        Words = (config, json) =>
        {
            json["add_cross_attention"] = false;
            json["scale_attn_weights"] = config.AttentionScale is null;
            json["scale_attn_by_inverse_layer_idx"] = config.AttentionScaleByLayer;
        },
    };

    public static readonly ModelFamily GptNeoX = new()
    {
        Name = "gpt_neox",
        Architecture = "GPTNeoXForCausalLM",
        Defaults = new()
        {
            VocabularySize = 50432,
            HiddenSize = 6144,
            IntermediateSize = 24576,
            LayerCount = 44,
            HeadCount = 64,
            NormEpsilon = 1e-5,
            PartialRotaryFactor = 0.25,
            Activation = "gelu",
            BosId = 0,
            EosId = 2,
        },
        Keys = new Dictionary<string, string> { ["rms_norm_eps"] = "layer_norm_eps" },
        Ropes = (json, config, defaults) => [.. Enumerable.Repeat(RopeReader.Read(json, config, defaults, "rotary_emb_base", "rotary_pct"), config.LayerCount)],
        Differences = (json, config) =>
        {
            var biased = json.Flag("attention_bias", true);
            return LayerNorms(config) with
            {
                KeyValueHeadCount = config.HeadCount,
                HeadDimension = config.HiddenSize / config.HeadCount,
                QueryKeyValueBias = biased,
                AttentionOutputBias = biased,
                InterleavedQueryKeyValue = true,
                ParallelResidual = json.Flag("use_parallel_residual", true),
                Modules = new()
                {
                    BodyPrefix = "gpt_neox.",
                    Embedding = "gpt_neox.embed_in",
                    Block = "gpt_neox.layers.#.",
                    FinalNorm = "gpt_neox.final_layer_norm",
                    HeadInFiles = "embed_out",
                    QueryKeyValue = "attention.query_key_value",
                    AttentionOutput = "attention.dense",
                    Gate = null,
                    Up = "mlp.dense_h_to_4h",
                    Down = "mlp.dense_4h_to_h",
                },
            };
        },
        Words = (config, json) =>
        {
            ConfigWords.AttentionBias(config, json);
            ConfigWords.Rope(config.Ropes[0], json, "rotary_emb_base");
            json["rotary_pct"] = ConfigWords.PartOfHead(config);
            json["use_parallel_residual"] = config.ParallelResidual;
        },
    };

    private static DecoderConfig LayerNorms(DecoderConfig config) => config with { Norm = NormKind.Layer, FeedForwardBias = true };
}
