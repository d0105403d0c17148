namespace TSpin.Models;

/// <summary>The number type of the forward and backward pass; in YAML <c>auto</c> (default), <c>float32</c>, <c>bfloat16</c>.</summary>
public enum ComputeType
{
    /// <summary>The faster of the two on this machine, found by timing a product in each.</summary>
    Auto,

    /// <summary>32-bit floating point throughout.</summary>
    Float32,

    /// <summary>bfloat16 compute with float32 master weights.</summary>
    BFloat16,
}
