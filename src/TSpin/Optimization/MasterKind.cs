namespace TSpin.Optimization;

/// <summary>What a model trained in bfloat16 keeps of its parameters; in YAML <c>float32</c> (default; <c>kahan</c> is read as the same) or <c>stochastic</c>.</summary>
public enum MasterKind
{
    /// <summary>All of a float32, in two halves: the bfloat16 that the arithmetic reads, and beside it the 16 bits that rounding cut off. 4 bytes a parameter.</summary>
    Float32,

    /// <summary>The bfloat16 alone, rounded at random to a neighbour, so that small steps count in the mean: 2 bytes.</summary>
    Stochastic,
}
