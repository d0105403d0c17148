using System.Text.Json;
using System.Text.Json.Nodes;
using TSpin.Models;
using TSpin.Randomness;
using TSpin.Torch;

namespace TSpin.Tests.Models;

/// <summary>Random models small enough for loops, one for each way in which the supported families differ.</summary>
internal static class SmallModels
{
    public static readonly IReadOnlyDictionary<string, DecoderConfig> All = new Dictionary<string, DecoderConfig>
    {
        ["llama, untied"] = Base,
        ["llama, tied"] = Base with { TieEmbeddings = true },
        ["llama, grouped heads"] = Base with { HeadCount = 6, KeyValueHeadCount = 2, HeadDimension = 4, Ropes = RopeSettings.Everywhere(2, 100, 4) },
        ["llama, one key head, wide heads"] = Base with { HeadCount = 2, KeyValueHeadCount = 1, HeadDimension = 10, Ropes = RopeSettings.Everywhere(2, 100, 10) },
        ["llama, all biases"] = Base with { QueryKeyValueBias = true, AttentionOutputBias = true, FeedForwardBias = true },
        ["llama, rope linear"] = Family("llama", """{"rope_scaling":{"type":"linear","factor":3.0}}"""),
        ["llama, rope dynamic, growing"] = Family("llama", """{"max_position_embeddings":6,"rope_scaling":{"rope_type":"dynamic","factor":2.5}}"""),
        ["llama, rope llama3"] = Family("llama", """{"rope_scaling":{"rope_type":"llama3","factor":4.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":30}}"""),
        ["llama, rope yarn"] = Family("llama", """{"rope_scaling":{"rope_type":"yarn","factor":4.0,"original_max_position_embeddings":40,"beta_fast":4.0}}"""),
        ["llama, rope yarn, its options"] = Family("llama", """{"rope_parameters":{"rope_theta":50,"rope_type":"yarn","factor":4.0,"original_max_position_embeddings":40,"beta_fast":5.0,"beta_slow":0.5,"mscale":0.8,"mscale_all_dim":0.5,"truncate":false}}"""),
        ["mistral, window of 3"] = Base with { Family = "mistral", KeyValueHeadCount = 2, Windows = [3, 3] },
        ["qwen2, biases, window in the last layer, tied"] = Base with { Family = "qwen2", QueryKeyValueBias = true, KeyValueHeadCount = 2, Windows = [null, 2], TieEmbeddings = true, Ropes = RopeSettings.Everywhere(2, 1e6, 6) },
        ["qwen3, q and k norms, window"] = Family("qwen3", """{"use_sliding_window":true,"sliding_window":3,"max_window_layers":1}"""),
        ["qwen3, biases"] = Family("qwen3", """{"attention_bias":true,"tie_word_embeddings":true}"""),
        ["smollm3, a layer without rope"] = Family("smollm3", """{"no_rope_layers":[0,1]}"""),
        ["smollm3, windows where there is no rope"] = Family("smollm3", """{"no_rope_layer_interval":2,"use_sliding_window":true,"sliding_window":3}"""),
        ["olmo2, norms after and over whole projections"] = Family("olmo2", "{}"),
        ["granite, multipliers"] = Family("granite", """{"embedding_multiplier":2.0,"residual_multiplier":0.7,"attention_multiplier":0.3,"logits_scaling":1.5}"""),
        ["gemma"] = Family("gemma", """{"num_key_value_heads":1}"""),
        ["gemma2, soft-caps and windows"] = Family("gemma2", """{"sliding_window":3,"attn_logit_softcapping":1.5,"final_logit_softcapping":2.0,"query_pre_attn_scalar":5}"""),
        ["gemma3_text, two ropes"] = Family("gemma3_text", """{"sliding_window":3,"sliding_window_pattern":2,"rope_local_base_freq":10,"rope_scaling":{"rope_type":"linear","factor":2.0},"query_pre_attn_scalar":5}"""),
        ["phi3, fused"] = Family("phi3", """{"sliding_window":4}"""),
        ["phi3, longrope, growing, partial"] = Family("phi3", """{"partial_rotary_factor":0.7,"original_max_position_embeddings":6,"rope_scaling":{"type":"su","short_factor":[1.0,1.2],"long_factor":[1.5,3.0]}}"""),
        ["gpt2"] = Gpt2("{}"),
        ["gpt2, scores by layer"] = Gpt2("""{"scale_attn_by_inverse_layer_idx":true,"scale_attn_weights":false,"n_inner":10,"activation_function":"relu"}"""),
        ["gpt_neox, parallel"] = Family("gpt_neox", """{"hidden_size":16,"rotary_pct":0.5}"""),
        ["gpt_neox, in turn, no attention biases"] = Family("gpt_neox", """{"hidden_size":16,"rotary_pct":1.0,"use_parallel_residual":false,"attention_bias":false,"tie_word_embeddings":true}"""),
    };

    public static DecoderConfig Base => new()
    {
        Family = "llama",
        VocabularySize = 19,
        HiddenSize = 12,
        IntermediateSize = 14,
        LayerCount = 2,
        HeadCount = 4,
        KeyValueHeadCount = 4,
        HeadDimension = 6,
        MaxPositions = 64,
        NormEpsilon = 1e-5,
        Ropes = RopeSettings.Everywhere(2, 100, 6),
        TieEmbeddings = false,
        Windows = [null, null],
        EosIds = [2],
        BosId = 1,
    };

    /// <summary>A small model of a family, from a configuration file's words.</summary>
    public static DecoderConfig Family(string family, string options) => family == "gpt2" ? Gpt2(options) : Parsed(
        """{"vocab_size":19,"hidden_size":12,"intermediate_size":14,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"head_dim":6,"max_position_embeddings":64,"rope_theta":100}""",
        family, options);

    /// <summary>Values for every parameter, biases and norms too; large enough that attention is far from uniform.</summary>
    public static Dictionary<string, double[]> Weights(DecoderConfig config, ulong seed = 1)
    {
        var random = new RandomStream(seed);
        return ParameterShapes.Of(config).ToDictionary(
            shape => shape.Name,
            shape => Enumerable.Range(0, (int)shape.Shape.Aggregate(1L, (a, b) => a * b))
                .Select(_ => (shape.Kind == ParameterKind.NormScale && config.Norm != NormKind.RootMeanSquarePlusOne ? 1 : 0) + ((random.NextDouble() - 0.5) * 1.2)).ToArray());
    }

    public static Decoder Decoder(DecoderConfig config, IReadOnlyDictionary<string, double[]> weights, DType type = DType.Float32, DType? computeType = null)
    {
        using var scope = new TensorScope();
        return new Decoder(config, ParameterShapes.Of(config).ToDictionary(
            shape => shape.Name, shape => Tensor.From<double>(weights[shape.Name], shape.Shape).To(type)), computeType);
    }

    public static Decoder Decoder(DType type = DType.Float32, ulong seed = 1) => Decoder(Base, Weights(Base, seed), type);

    public static int[] Ids(int count, ulong seed = 7)
    {
        var random = new RandomStream(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextInt(3, Base.VocabularySize - 1))];
    }

    private static DecoderConfig Gpt2(string options) =>
        Parsed("""{"vocab_size":19,"n_embd":12,"n_layer":2,"n_head":3,"n_positions":64}""", "gpt2", options);

    private static DecoderConfig Parsed(string sizes, string family, string options)
    {
        var json = JsonNode.Parse(sizes)!.AsObject();
        json["model_type"] = family;
        foreach (var (key, value) in JsonNode.Parse(options)!.AsObject())
        {
            json[key] = value?.DeepClone();
        }

        return DecoderConfigReader.Parse(JsonSerializer.SerializeToElement(json), family);
    }
}
