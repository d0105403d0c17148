using System.Globalization;
using System.Text.Json.Nodes;

namespace TSpin.Models.Families;

/// <summary>Values of a config.json as Python's json writes them, and the options that several families share.</summary>
internal static class ConfigWords
{
    /// <summary>A number that stays one with a point: transformers' strict classes take 30.0 for a float, not 30.</summary>
    public static JsonNode Real(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return JsonNode.Parse(text.AsSpan().IndexOfAny('.', 'E') < 0 ? text + ".0" : text)!;
    }

    public static JsonNode? Real(double? value) => value is { } number ? Real(number) : null;

    /// <summary><c>attention_bias</c>, of all four projections.</summary>
    public static void AttentionBias(DecoderConfig config, JsonObject json) => json["attention_bias"] = config.AttentionOutputBias;

    public static void Biases(DecoderConfig config, JsonObject json)
    {
        AttentionBias(config, json);
        json["mlp_bias"] = config.FeedForwardBias;
    }

    /// <summary>One window for all blocks.</summary>
    public static void Window(DecoderConfig config, JsonObject json) => json["sliding_window"] = config.Windows[0];

    /// <summary>A window for some blocks.</summary>
    public static void WindowByLayer(DecoderConfig config, JsonObject json)
    {
        json["sliding_window"] = config.Windows.FirstOrDefault(window => window is not null);
        json["layer_types"] = new JsonArray([.. config.Windows.Select(window => JsonValue.Create(window is null ? "full_attention" : "sliding_attention"))]);
    }

    /// <summary><see cref="WindowByLayer"/> for families that also have a switch.</summary>
    public static void SwitchedWindow(DecoderConfig config, JsonObject json)
    {
        WindowByLayer(config, json);
        json["use_sliding_window"] = config.Windows.Any(window => window is not null);
    }

    /// <summary><c>rope_theta</c>, <c>rope_scaling</c> and what else describes one embedding for all blocks that have one.</summary>
    public static void Rope(DecoderConfig config, JsonObject json) => Rope(config.Ropes.FirstOrDefault(rope => rope is not null), json, "rope_theta");

    public static void Rope(RopeSettings? rope, JsonObject json, string thetaKey)
    {
        json["rope_scaling"] = Scaling(rope?.Scaling);
        if (rope is not null)
        {
            json[thetaKey] = Real(rope.Theta);
        }
    }

    /// <summary>The part of a head that is turned, as a fraction that reads back to the same number of dimensions.</summary>
    public static JsonNode PartOfHead(DecoderConfig config)
    {
        var turned = config.Ropes[0]!.Dimensions;
        var part = (double)turned / config.HeadDimension;
        return Real((int)(config.HeadDimension * part) == turned ? part : Math.BitIncrement(part));
    }

    private static JsonObject? Scaling(RopeScaling? scaling)
    {
        if (scaling is null)
        {
            return null;
        }

        var json = new JsonObject { ["rope_type"] = scaling.Name };
        switch (scaling)
        {
            case LinearRope linear:
                json["factor"] = Real(linear.Factor);
                break;
            case DynamicRope dynamic:
                json["factor"] = Real(dynamic.Factor);
                break;
            case Llama3Rope llama:
                json["factor"] = Real(llama.Factor);
                json["low_freq_factor"] = Real(llama.LowFrequencyFactor);
                json["high_freq_factor"] = Real(llama.HighFrequencyFactor);
                json["original_max_position_embeddings"] = llama.Positions;
                break;
            case YarnRope yarn:
                json["factor"] = Real(yarn.Factor);
                json["original_max_position_embeddings"] = yarn.Positions;
                json["attention_factor"] = Real(yarn.Attention);
                json["beta_fast"] = Real(yarn.BetaFast);
                json["beta_slow"] = Real(yarn.BetaSlow);
                json["truncate"] = yarn.Truncate;
                break;
            case LongRope lengths:
                json["short_factor"] = new JsonArray([.. lengths.ShortFactors.Select(factor => Real(factor))]);
                json["long_factor"] = new JsonArray([.. lengths.LongFactors.Select(factor => Real(factor))]);
                json["original_max_position_embeddings"] = lengths.Positions;
                json["attention_factor"] = Real(lengths.Attention);
                break;
            default:
                throw new InvalidOperationException($"rope type {scaling.Name} has no words");
        }

        return json;
    }
}
