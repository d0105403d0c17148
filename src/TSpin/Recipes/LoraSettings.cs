namespace TSpin.Recipes;

/// <summary>Section <c>lora</c>: train a low-rank adapter (LoRA, arXiv 2106.09685) instead of the model.</summary>
public sealed record LoraSettings
{
    /// <summary>The rank r of the update. Default 0: no adapter, the whole model is trained.</summary>
    public int Rank { get; init; }

    /// <summary>The update is scaled by alpha / r. Default 16.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>Scale by alpha / sqrt(r) instead (rsLoRA, arXiv 2312.03732). Default false.</summary>
    public bool RsLora { get; init; }

    /// <summary>Names that the adapted modules' names end with, or <c>all-linear</c> for every linear module but the output head. Default <c>all-linear</c>.</summary>
    public ValueList<string> TargetModules { get; init; } = ["all-linear"];
}
