using System.Text.Json.Nodes;

namespace TSpin.Models.Gguf;

/// <summary>
/// A <c>general.architecture</c> as llama.cpp's converter writes it: which family it is, and what of the family its keys say. What the
/// converter does to weights follows from the family's own parts (<see cref="GgufWeights"/>).
/// </summary>
internal sealed record GgufArchitecture
{
    private const string Window = "attention.sliding_window";
    private const string Pattern = "attention.sliding_window_pattern";

    public static readonly IReadOnlyList<GgufArchitecture> All =
    [
        new() { Name = "llama", Family = "llama", PairedRows = true, Words = Llama },
        new() { Name = "qwen2", Family = "qwen2" },
        new() { Name = "qwen3", Family = "qwen3", Words = AttentionBias },
        new() { Name = "smollm3", Family = "smollm3", PairedRows = true, Words = Biases },
        new() { Name = "granite", Family = "granite", PairedRows = true, Words = Granite },
        new() { Name = "olmo2", Family = "olmo2", Words = AttentionBias },
        new() { Name = "gemma", Family = "gemma" },
        new() { Name = "gemma2", Family = "gemma2", Words = Gemma2 },
        new() { Name = "gemma3", Family = "gemma3_text", DefaultTheta = 1_000_000, Words = Gemma3 },
        new() { Name = "phi3", Family = "phi3", Words = Phi3 },
        new() { Name = "gpt2", Family = "gpt2", NormEpsilon = LayerNormEpsilon },
        new() { Name = "gptneox", Family = "gpt_neox", NormEpsilon = LayerNormEpsilon, ThetaWord = "rotary_emb_base", Words = GptNeoX },
    ];

    private const string LayerNormEpsilon = "attention.layer_norm_epsilon";

    /// <summary><c>general.architecture</c>.</summary>
    public required string Name { get; init; }

    /// <summary><c>model_type</c> in config.json.</summary>
    public required string Family { get; init; }

    /// <summary>Rows of the query and key projections lie as neighbouring pairs of every head: llama.cpp turns those, transformers a head's halves.</summary>
    public bool PairedRows { get; init; }

    /// <summary>The norms' epsilon.</summary>
    public string NormEpsilon { get; init; } = "attention.layer_norm_rms_epsilon";

    /// <summary>Base of the rotary frequencies where the file is silent.</summary>
    public double DefaultTheta { get; init; } = 10000;

    /// <summary>What config.json calls the base of the rotary frequencies.</summary>
    public string ThetaWord { get; init; } = "rope_theta";

    /// <summary>The family's own words for config.json.</summary>
    public Action<GgufKeys, JsonObject> Words { get; init; } = (_, _) => { };

    public static string KnownNames => string.Join(", ", All.Select(architecture => architecture.Name));

    private static void AttentionBias(GgufKeys keys, JsonObject json) => json["attention_bias"] = keys.HasTensor("blk.0.attn_q.bias");

    private static void Biases(GgufKeys keys, JsonObject json)
    {
        AttentionBias(keys, json);
        json["mlp_bias"] = keys.HasTensor("blk.0.ffn_up.bias");
    }

    // Llama and Mistral share an architecture; only a window tells them apart.
    private static void Llama(GgufKeys keys, JsonObject json)
    {
        if (keys.Integer(Window) is { } window and > 0)
        {
            json["model_type"] = "mistral";
            json["sliding_window"] = window;
            return;
        }

        Biases(keys, json);
        if (keys.Integer("expert_count") is { } experts and > 0)
        {
            throw keys.Fault("expert_count", $"{experts}: mixtures of experts are not supported; known are dense models.");
        }

        keys.Ignore("expert_used_count");
    }

    private static void Granite(GgufKeys keys, JsonObject json)
    {
        Biases(keys, json);
        json["attention_multiplier"] = GgufKeys.Json(keys.Decimal("attention.scale"));
        json["embedding_multiplier"] = GgufKeys.Json(keys.Decimal("embedding_scale"));
        json["residual_multiplier"] = GgufKeys.Json(keys.Decimal("residual_scale"));
        json["logits_scaling"] = GgufKeys.Json(keys.Decimal("logit_scale"));
    }

    private static void Gemma2(GgufKeys keys, JsonObject json)
    {
        const int layersOf27B = 46;
        json["query_pre_attn_scalar"] = QueryScalar(keys, json, layersOf27B);
        json["attn_logit_softcapping"] = GgufKeys.Json(keys.Decimal("attn_logit_softcapping"));
        json["final_logit_softcapping"] = GgufKeys.Json(keys.Decimal("final_logit_softcapping"));
        json["sliding_window"] = keys.Required(Window);
        Slides(keys, json);
    }

    private static void Gemma3(GgufKeys keys, JsonObject json)
    {
        const int layersOf27B = 62;
        json["query_pre_attn_scalar"] = QueryScalar(keys, json, layersOf27B);
        json["final_logit_softcapping"] = GgufKeys.Json(keys.Decimal("final_logit_softcapping"));
        json["rope_local_base_freq"] = keys.Decimal("rope.freq_base_swa") ?? 10000;
        if (keys.Integer(Window) is { } window and > 0)
        {
            json["sliding_window"] = window;
            Slides(keys, json);
            return;
        }

        // The converter leaves the window out where no block slides.
        json["layer_types"] = new JsonArray([.. Enumerable.Range(0, Layers(json)).Select(_ => JsonValue.Create("full_attention"))]);
    }

    // Not in the files: llama.cpp knows that the largest models divide by the width per head and all others by the head's own width.
    private static long QueryScalar(GgufKeys keys, JsonObject json, int layersOf27B)
    {
        if (keys.Decimal("attention.scale") is { } scale and > 0)
        {
            return (long)Math.Round(1 / (scale * scale));
        }

        return Layers(json) == layersOf27B ? keys.Required("embedding_length") / keys.Required("attention.head_count") : keys.Required("attention.key_length");
    }

    private static void Slides(GgufKeys keys, JsonObject json)
    {
        if (keys.IsList(Pattern))
        {
            json["layer_types"] = new JsonArray([.. keys.Flags(Pattern, Layers(json))!.Select(slides => JsonValue.Create(slides ? "sliding_attention" : "full_attention"))]);
        }
        else if (keys.Integer(Pattern) is { } pattern)
        {
            json["layer_types"] = new JsonArray([.. Enumerable.Range(1, Layers(json)).Select(number => JsonValue.Create(pattern == 0 || number % pattern != 0 ? "sliding_attention" : "full_attention"))]);
        }
    }

    private static void Phi3(GgufKeys keys, JsonObject json)
    {
        json["sliding_window"] = keys.Integer(Window) is { } window and > 0 ? window : null;
        json["partial_rotary_factor"] = PartOfHead(keys);
        json["original_max_position_embeddings"] = keys.Integer("rope.scaling.original_context_length") ?? keys.Required("context_length");
    }

    private static void GptNeoX(GgufKeys keys, JsonObject json)
    {
        json["attention_bias"] = keys.HasTensor("blk.0.attn_qkv.bias");
        json["rotary_pct"] = PartOfHead(keys);
        json["use_parallel_residual"] = keys.Flag("use_parallel_residual") ?? true;
    }

    // As a fraction from which the reader, which rounds down, comes back to the same number.
    private static double PartOfHead(GgufKeys keys)
    {
        var width = keys.Integer("attention.key_length") ?? keys.Required("embedding_length") / Math.Max(1, keys.Required("attention.head_count"));
        var turned = keys.Integer("rope.dimension_count") ?? width;
        var part = (double)turned / Math.Max(1, width);
        return (long)(width * part) == turned ? part : Math.BitIncrement(part);
    }

    private static int Layers(JsonObject json) => (int)json["num_hidden_layers"]!.GetValue<long>();
}
