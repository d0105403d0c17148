using System.Text.Json.Nodes;

namespace TSpin.Models.Gguf;

/// <summary>
/// Says in the words of <c>rope_scaling</c> how a GGUF file stretches rotary frequencies: by keys (linear, yarn), or by a divisor per pair
/// in a tensor (<c>rope_freqs.weight</c>; <c>rope_factors_short.weight</c> and <c>rope_factors_long.weight</c>).
/// </summary>
internal static class GgufRope
{
    public const string Divisors = "rope_freqs.weight";
    public const string ShortDivisors = "rope_factors_short.weight";
    public const string LongDivisors = "rope_factors_long.weight";

    // What every published Llama 3.1 to 3.3 has; the file keeps only what came of them.
    private const double LowFrequencyFactor = 1;
    private const double HighFrequencyFactor = 4;
    private const int Llama3Positions = 8192;

    /// <summary>The section for config.json, or null where nothing is stretched.</summary>
    /// <param name="keys">The file's keys; those of scaling count as read.</param>
    /// <param name="theta">Base of the frequencies.</param>
    public static JsonObject? Scaling(GgufKeys keys, double theta)
    {
        keys.Ignore("rope.scaling.finetuned");
        var type = keys.Text("rope.scaling.type") ?? "none";
        var factor = keys.Decimal("rope.scaling.factor");
        var oldFactor = keys.Decimal("rope.scale_linear");
        var original = keys.Integer("rope.scaling.original_context_length");
        var attention = keys.Decimal("rope.scaling.attn_factor") ?? 1;
        if (keys.DecimalsOf(ShortDivisors) is { } shortDivisors)
        {
            var longDivisors = keys.DecimalsOf(LongDivisors)
                ?? throw new TSpinException($"{keys.File.Path}: tensor {LongDivisors} is missing, but {ShortDivisors} is there. Download the file again.");
            return Long(keys, shortDivisors, longDivisors, attention, original);
        }

        if (keys.DecimalsOf(Divisors) is { } divisors)
        {
            return divisors.All(divisor => divisor == 1) ? null : Llama3(divisors, theta, keys.Required("context_length"));
        }

        if (type is not "yarn" && attention != 1)
        {
            throw keys.Fault("rope.scaling.attn_factor", $"{attention} is supported for yarn and longrope only. Use the model's Hugging Face folder.");
        }

        return type switch
        {
            "none" => oldFactor is { } old and not 1 ? Linear(old) : null,
            "linear" => Linear(factor ?? oldFactor ?? throw keys.Missing("rope.scaling.factor")),
            "yarn" => Yarn(keys, factor ?? throw keys.Missing("rope.scaling.factor"), original ?? throw keys.Missing("rope.scaling.original_context_length"), attention),
            "longrope" => throw new TSpinException($"{keys.File.Path}: tensor {ShortDivisors} is missing, but the metadata say longrope. Download the file again."),
            _ => throw keys.Fault("rope.scaling.type", $"'{type}' is not supported in a GGUF; known are none, linear, yarn and longrope. Use the model's Hugging Face folder."),
        };
    }

    private static JsonObject Linear(double factor) => new() { ["rope_type"] = "linear", ["factor"] = factor };

    private static JsonObject Yarn(GgufKeys keys, double factor, long original, double attention)
    {
        if (keys.Decimal("rope.scaling.yarn_ext_factor") is { } extrapolation and not 1)
        {
            throw keys.Fault("rope.scaling.yarn_ext_factor", $"{extrapolation} is not supported; known is 1. Use the model's Hugging Face folder.");
        }

        var json = new JsonObject
        {
            ["rope_type"] = "yarn",
            ["factor"] = factor,
            ["original_max_position_embeddings"] = original,
            ["beta_fast"] = keys.Decimal("rope.scaling.yarn_beta_fast") ?? 32,
            ["beta_slow"] = keys.Decimal("rope.scaling.yarn_beta_slow") ?? 1,
        };

        // llama.cpp multiplies its own magnitude, which is transformers' default, by this; transformers is told the product.
        attention *= keys.Decimal("rope.scaling.yarn_attn_factor") ?? 1;
        if (attention != 1)
        {
            json["attention_factor"] = attention * (factor <= 1 ? 1 : (0.1 * Math.Log(factor)) + 1);
        }

        return json;
    }

    private static JsonObject Long(GgufKeys keys, double[] shortDivisors, double[] longDivisors, double attention, long? original)
    {
        var positions = keys.Required("context_length");
        var json = Lists(shortDivisors, longDivisors);
        if (original is { } trained)
        {
            json["original_max_position_embeddings"] = trained;
        }

        // The converter writes what transformers computes from the two lengths; said again it would only be rounded.
        var stretch = positions / (double)(original ?? positions);
        var usual = stretch <= 1 ? 1 : Math.Sqrt(1 + (Math.Log(stretch) / Math.Log(original!.Value)));
        if (Math.Abs(usual - attention) > 1e-6)
        {
            json["attention_factor"] = attention;
        }

        return json;
    }

    // The divisors tell the factor; with the usual other numbers they must come out again. Where they do not, the list itself is said, as
    // a longrope whose two lists are one: the same frequencies in words that transformers has.
    private static JsonObject Llama3(double[] divisors, double theta, long positions)
    {
        var usual = new Llama3Rope(divisors.Max(), LowFrequencyFactor, HighFrequencyFactor, Llama3Positions);
        var plain = RopeScaling.Plain(theta, 2 * divisors.Length);
        var scaled = usual.Frequencies(theta, 2 * divisors.Length, 0);
        const double rounding = 1e-5;
        if (divisors.Select((divisor, i) => Math.Abs((plain[i] / divisor / scaled[i]) - 1)).All(difference => difference < rounding))
        {
            return new JsonObject
            {
                ["rope_type"] = "llama3",
                ["factor"] = usual.Factor,
                ["low_freq_factor"] = LowFrequencyFactor,
                ["high_freq_factor"] = HighFrequencyFactor,
                ["original_max_position_embeddings"] = Llama3Positions,
            };
        }

        var json = Lists(divisors, divisors);
        json["original_max_position_embeddings"] = positions;
        json["attention_factor"] = 1.0;
        return json;
    }

    private static JsonObject Lists(double[] shortDivisors, double[] longDivisors) => new()
    {
        ["rope_type"] = "longrope",
        ["short_factor"] = new JsonArray([.. shortDivisors.Select(divisor => JsonValue.Create(divisor))]),
        ["long_factor"] = new JsonArray([.. longDivisors.Select(divisor => JsonValue.Create(divisor))]),
    };
}
