namespace TSpin.Adapters;

/// <summary>Section <c>lora</c>: train a low-rank adapter (LoRA, arXiv 2106.09685) instead of the model.</summary>
public sealed record LoraSettings
{
    /// <summary>
    /// Folder of an adapter in PEFT's format, or its name on a hub, that training begins from; it keeps its own rank, scale and targets, and <see cref="Rank"/> may stay 0. What is set
    /// here to something else than the default must agree with it. Default null: a new adapter, which changes nothing yet.
    /// </summary>
    public string? Adapter { get; init; }

    /// <summary>True where an adapter is trained, new or given.</summary>
    public bool IsOn => Rank > 0 || Adapter is not null;

    /// <summary>The rank r of the update. Default 0: the rank of <see cref="Adapter"/>; without one, no adapter, and the whole model is trained.</summary>
    public int Rank { get; init; }

    /// <summary>The update is scaled by alpha / r. Default 16.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>Scale by alpha / sqrt(r) instead (rsLoRA, arXiv 2312.03732). Default false.</summary>
    public bool RsLora { get; init; }

    /// <summary>Names that the adapted modules' names end with, or <c>all-linear</c> for every linear module but the output head. Default <c>all-linear</c>.</summary>
    public ValueList<string> TargetModules { get; init; } = ["all-linear"];
}
