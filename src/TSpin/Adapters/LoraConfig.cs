namespace TSpin.Adapters;

/// <summary>The shape of a LoRA adapter (arXiv 2106.09685), as PEFT's <c>adapter_config.json</c> states it. Biases stay as they are.</summary>
public sealed record LoraConfig
{
    /// <summary>The rank r of the update, at least 1. Default: 8.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>The update is scaled by alpha / r. Default: 8.</summary>
    public double Alpha { get; init; } = 8;

    /// <summary>Scales by alpha / sqrt(r) instead (arXiv 2312.03732). Default: false.</summary>
    public bool UseRsLora { get; init; }

    /// <summary>
    /// Which projections are adapted: names that a module's name ends with; or one pattern, a regular expression that a module's whole name must match; or
    /// <see cref="AllLinear"/>. Default: <c>q_proj</c> and <c>v_proj</c>.
    /// </summary>
    public IReadOnlyList<string> TargetModules { get; init; } = ["q_proj", "v_proj"];

    /// <summary>Whether <see cref="TargetModules"/> is one regular expression, as PEFT takes a text where it could have a list. Default: false.</summary>
    public bool TargetsArePattern { get; init; }

    /// <summary>Modules left out although they are targets, in the same two forms. Default: none.</summary>
    public IReadOnlyList<string> ExcludedModules { get; init; } = [];

    /// <summary>Whether <see cref="ExcludedModules"/> is one regular expression. Default: false.</summary>
    public bool ExclusionIsPattern { get; init; }

    /// <summary>Blocks that are adapted; null for all.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>Names of the list of blocks in module names, for <see cref="Layers"/>; empty where the number alone tells.</summary>
    public IReadOnlyList<string> LayersPattern { get; init; } = [];

    /// <summary>Other ranks for modules whose name ends with, or matches, a pattern.</summary>
    public IReadOnlyDictionary<string, int> RankPattern { get; init; } = new Dictionary<string, int>();

    /// <summary>Other alphas, likewise.</summary>
    public IReadOnlyDictionary<string, double> AlphaPattern { get; init; } = new Dictionary<string, double>();

    /// <summary>The share of a projection's input that training zeroes for the adapter, in [0, 1). Without effect on what the adapter computes; training is refused unless it is 0, the default.</summary>
    public double Dropout { get; init; }

    /// <summary>PEFT's mark that the base keeps its projections [in, out], as GPT-2 does. Written; what is read is what the base has. Default: false.</summary>
    public bool FanInFanOut { get; init; }

    /// <summary>What PEFT writes as the base model: a folder or a name on a hub. Null where unknown.</summary>
    public string? BaseModel { get; init; }

    /// <summary>The one target that means every linear module but the output head.</summary>
    public const string AllLinear = "all-linear";
}
