namespace TSpin.Recipes;

/// <summary>Where a model trained in bfloat16 keeps what bfloat16 cannot hold; in YAML <c>float32</c> (default), <c>kahan</c> or <c>stochastic</c>.</summary>
public enum MasterKind
{
    /// <summary>A float32 copy of every parameter: 6 bytes for a parameter and its bfloat16 copy.</summary>
    Float32,

    /// <summary>bfloat16 parameters, and beside each the 16 bits that rounding cut off, together as good as float32: 4 bytes.</summary>
    Kahan,

    /// <summary>bfloat16 parameters alone, rounded at random to a neighbour, so that small steps count in the mean: 2 bytes.</summary>
    Stochastic,
}
