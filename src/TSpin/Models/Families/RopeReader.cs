namespace TSpin.Models.Families;

/// <summary>
/// Reads rotary embeddings from <c>rope_scaling</c> beside <c>rope_theta</c> (published checkpoints; <c>type</c> or <c>rope_type</c>) or from
/// <c>rope_parameters</c> (transformers 5), with transformers' defaults.
/// </summary>
internal static class RopeReader
{
    private const string Known = "default, linear, dynamic, llama3, yarn and longrope";

    /// <summary>One embedding for the whole model.</summary>
    public static RopeSettings Read(ConfigJson json, DecoderConfig config, FamilyDefaults defaults, string thetaKey = "rope_theta", string partialKey = "partial_rotary_factor")
    {
        // A section that says something in the old form goes before one in the new form.
        var old = json.Section("rope_scaling");
        var section = old is { IsEmpty: false } ? old : json.Section("rope_parameters");
        foreach (var type in new[] { "full_attention", "sliding_attention" })
        {
            if (section?.Has(type) ?? false)
            {
                throw section.Fault(type, $"rotary embeddings by layer type are not supported for {config.Family}; only one for all layers is.");
            }
        }

        return Read(section, json, config, defaults, defaults.RopeTheta, thetaKey, partialKey);
    }

    /// <summary>One embedding from its own section.</summary>
    public static RopeSettings Read(
        ConfigJson? section, ConfigJson json, DecoderConfig config, FamilyDefaults defaults, double defaultTheta, string thetaKey, string partialKey = "partial_rotary_factor")
    {
        var theta = section?.OptionalPositive("rope_theta") ?? json.Positive(thetaKey, defaultTheta);
        var dimensions = Dimensions(section, json, config, defaults, partialKey);
        return new RopeSettings { Theta = theta, Dimensions = dimensions, Scaling = section is null ? null : Scaling(section, json, config, defaults, dimensions) };
    }

    private static int Dimensions(ConfigJson? section, ConfigJson json, DecoderConfig config, FamilyDefaults defaults, string partialKey)
    {
        var partial = section?.OptionalPositive("partial_rotary_factor") ?? json.Positive(partialKey, defaults.PartialRotaryFactor ?? 1);
        if (partial != 1 && defaults.PartialRotaryFactor is null)
        {
            throw json.Fault(partialKey, $"{partial} is not supported for {config.Family}, which turns whole heads; known is 1.");
        }

        var dimensions = partial <= 1 ? (int)(config.HeadDimension * partial) : 0;
        return dimensions > 0 && dimensions % 2 == 0 ? dimensions
            : partial == 1 ? throw json.Fault("head_dim", $"{config.HeadDimension} is odd; rotary embedding needs pairs.")
            : throw json.Fault(partialKey, $"{partial} of {config.HeadDimension} numbers per head is not a positive even number.");
    }

    private static RopeScaling? Scaling(ConfigJson section, ConfigJson json, DecoderConfig config, FamilyDefaults defaults, int dimensions)
    {
        var type = section.Text("rope_type") ?? section.Text("type") ?? "default";
        // Phi-3's first checkpoints call longrope by its working names.
        type = config.Family == "phi3" && type is "su" or "yarn" ? "longrope" : type;
        // A length of pre-training beside the section goes before the one inside, as in Phi-3.
        var original = json.OptionalCount("original_max_position_embeddings") ?? defaults.OriginalPositions
            ?? section.OptionalCount("original_max_position_embeddings") ?? config.MaxPositions;
        return type switch
        {
            "default" => null,
            "linear" => new LinearRope(Factor(section)),
            "dynamic" => dimensions > 2 ? new DynamicRope(Factor(section), config.MaxPositions)
                : throw json.Fault("head_dim", "dynamic rotary scaling needs more than one pair per head."),
            "llama3" => new Llama3Rope(Factor(section), Required(section, "low_freq_factor"), Required(section, "high_freq_factor"), original),
            "yarn" => Yarn(section, config, original),
            "longrope" => Long(section, config, original, dimensions),
            _ => throw section.Fault("rope_type", $"rope type '{type}' is not supported by this version; known are {Known}."),
        };
    }

    private static YarnRope Yarn(ConfigJson section, DecoderConfig config, int original)
    {
        var factor = section.OptionalPositive("factor") ?? (double)config.MaxPositions / original;
        var (scale, scaleAll) = (section.OptionalNumber("mscale") ?? 0, section.OptionalNumber("mscale_all_dim") ?? 0);
        var attention = section.OptionalPositive("attention_factor")
            ?? (scale != 0 && scaleAll != 0 ? Magnitude(factor, scale) / Magnitude(factor, scaleAll) : Magnitude(factor, 1));
        return new YarnRope(
            factor, original, attention, section.Positive("beta_fast", 32), section.Positive("beta_slow", 1), section.Flag("truncate", true));

        // Equation 22 of the paper, with DeepSeek's multiplier.
        static double Magnitude(double factor, double scale) => factor <= 1 ? 1 : (0.1 * scale * Math.Log(factor)) + 1;
    }

    private static LongRope Long(ConfigJson section, DecoderConfig config, int original, int dimensions)
    {
        var factor = section.OptionalPositive("factor") ?? (double)config.MaxPositions / original;
        var attention = section.OptionalPositive("attention_factor") ?? (factor <= 1 ? 1 : Math.Sqrt(1 + (Math.Log(factor) / Math.Log(original))));
        return new LongRope(Factors("short_factor"), Factors("long_factor"), original, attention);

        double[] Factors(string key)
        {
            var values = section.Positives(key) ?? throw section.Fault(key, "is missing; longrope needs one number per pair.");
            return values.Length == dimensions / 2 ? values : throw section.Fault(key, $"has {values.Length} numbers, but {dimensions / 2} pairs are turned.");
        }
    }

    private static double Factor(ConfigJson section) => Required(section, "factor");

    private static double Required(ConfigJson section, string key) => section.OptionalPositive(key) ?? throw section.Fault(key, "is missing; this rope type needs it.");
}
