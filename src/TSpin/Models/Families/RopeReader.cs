namespace TSpin.Models.Families;

/// <summary>
/// Reads rotary embeddings from <c>rope_scaling</c> beside <c>rope_theta</c> (published checkpoints; <c>type</c> or <c>rope_type</c>) or from
/// <c>rope_parameters</c> (transformers 5), with transformers' defaults.
/// </summary>
internal static class RopeReader
{
    private const string Known = "default, linear, dynamic, llama3, yarn and longrope";

    /// <summary>One embedding for the whole model.</summary>
    public static RopeSettings Read(ConfigJson json, DecoderConfig config, FamilyDefaults defaults, string thetaKey = "rope_theta", string partialKey = "partial_rotary_factor") =>
        Read(Section(json), json, config, defaults.RopeTheta, thetaKey, defaults.PartialRotaryFactor, partialKey);

    /// <summary>The section that counts: an old form that says something goes before the new form.</summary>
    public static ConfigJson? Section(ConfigJson json) => json.Section("rope_scaling") is { IsEmpty: false } old ? old : json.Section("rope_parameters");

    /// <summary>One embedding from its own section.</summary>
    public static RopeSettings Read(
        ConfigJson? section, ConfigJson json, DecoderConfig config, double defaultTheta, string thetaKey, double defaultPartial = 1, string partialKey = "partial_rotary_factor")
    {
        var theta = section?.OptionalPositive("rope_theta") ?? json.Positive(thetaKey, defaultTheta);
        var partial = section?.OptionalPositive("partial_rotary_factor") ?? json.Positive(partialKey, defaultPartial);
        var dimensions = (int)(config.HeadDimension * Math.Min(partial, 1));
        if (partial > 1 || dimensions == 0 || dimensions % 2 != 0)
        {
            throw json.Fault(
                partial == 1 ? "head_dim" : partialKey,
                partial == 1 ? $"{config.HeadDimension} is odd; rotary embedding needs pairs." : $"{partial} of {config.HeadDimension} numbers per head is not a positive even number.");
        }

        return new RopeSettings { Theta = theta, Dimensions = dimensions, Scaling = section is null ? null : Scaling(section, json, config, dimensions) };
    }

    private static RopeScaling? Scaling(ConfigJson section, ConfigJson json, DecoderConfig config, int dimensions)
    {
        var type = section.Text("rope_type") ?? section.Text("type") ?? "default";
        // Phi-3's first checkpoints call longrope by its working names.
        type = config.Family == "phi3" && type is "su" or "yarn" ? "longrope" : type;
        return type switch
        {
            "default" => null,
            "linear" => new LinearRope(Factor(section)),
            "dynamic" => dimensions > 2 ? new DynamicRope(Factor(section), config.MaxPositions)
                : throw json.Fault("head_dim", "dynamic rotary scaling needs more than one pair per head."),
            "llama3" => new Llama3Rope(Factor(section), Required(section, "low_freq_factor"), Required(section, "high_freq_factor"), OriginalPositions(section, json, config)),
            "yarn" => Yarn(section, json, config),
            "longrope" => Long(section, json, config, dimensions),
            _ => throw section.Fault("rope_type", $"rope type '{type}' is not supported by this version; known are {Known}."),
        };
    }

    private static YarnRope Yarn(ConfigJson section, ConfigJson json, DecoderConfig config)
    {
        var original = OriginalPositions(section, json, config);
        var factor = section.OptionalPositive("factor") ?? (double)config.MaxPositions / original;
        var (scale, scaleAll) = (section.OptionalNumber("mscale") ?? 0, section.OptionalNumber("mscale_all_dim") ?? 0);
        var attention = section.OptionalPositive("attention_factor")
            ?? (scale != 0 && scaleAll != 0 ? Magnitude(factor, scale) / Magnitude(factor, scaleAll) : Magnitude(factor, 1));
        return new YarnRope(
            factor, original, attention, section.Positive("beta_fast", 32), section.Positive("beta_slow", 1), section.Flag("truncate", true));

        // Equation 22 of the paper, with DeepSeek's multiplier.
        static double Magnitude(double factor, double scale) => factor <= 1 ? 1 : (0.1 * scale * Math.Log(factor)) + 1;
    }

    private static LongRope Long(ConfigJson section, ConfigJson json, DecoderConfig config, int dimensions)
    {
        var original = OriginalPositions(section, json, config);
        var factor = section.OptionalPositive("factor") ?? (double)config.MaxPositions / original;
        var attention = section.OptionalPositive("attention_factor") ?? (factor <= 1 ? 1 : Math.Sqrt(1 + (Math.Log(factor) / Math.Log(original))));
        return new LongRope(Factors("short_factor"), Factors("long_factor"), original, attention);

        double[] Factors(string key)
        {
            var values = section.Positives(key) ?? throw section.Fault(key, "is missing; longrope needs one number per pair.");
            return values.Length == dimensions / 2 ? values : throw section.Fault(key, $"has {values.Length} numbers, but {dimensions / 2} pairs are turned.");
        }
    }

    // Phi-3 keeps the length of pre-training beside the section, and then it goes first.
    private static int OriginalPositions(ConfigJson section, ConfigJson json, DecoderConfig config) =>
        json.OptionalCount("original_max_position_embeddings") ?? section.OptionalCount("original_max_position_embeddings") ?? config.MaxPositions;

    private static double Factor(ConfigJson section) => Required(section, "factor");

    private static double Required(ConfigJson section, string key) => section.OptionalPositive(key) ?? throw section.Fault(key, "is missing; this rope type needs it.");
}
