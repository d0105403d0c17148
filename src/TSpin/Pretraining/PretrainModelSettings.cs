using TSpin.Models;

namespace TSpin.Pretraining;

/// <summary>Shape of a model made from nothing: a Llama with tied embeddings.</summary>
public sealed record PretrainModelSettings
{
    /// <summary>Width of the residual stream. Default: 192.</summary>
    public int HiddenSize { get; init; } = 192;

    /// <summary>Width inside the feed-forward block. Default: 512.</summary>
    public int IntermediateSize { get; init; } = 512;

    /// <summary>Number of blocks. Default: 4.</summary>
    public int Layers { get; init; } = 4;

    /// <summary>Query heads. Default: 6.</summary>
    public int Heads { get; init; } = 6;

    /// <summary>Key and value heads; divides the query heads. Default: 6.</summary>
    public int KeyValueHeads { get; init; } = 6;

    /// <summary>Longest sequence in tokens. Default: 512.</summary>
    public int MaxPositions { get; init; } = 512;

    /// <summary>Base of the rotary frequencies. Default: 10000.</summary>
    public double RopeTheta { get; init; } = 10000;

    /// <summary>Compute type. Default: auto.</summary>
    public ComputeType Dtype { get; init; } = ComputeType.Auto;

    /// <summary>Where the model is trained. Default: cpu.</summary>
    public string Device { get; init; } = "cpu";
}
