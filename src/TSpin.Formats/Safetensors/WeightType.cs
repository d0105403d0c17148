namespace TSpin.Safetensors;

/// <summary>The element types of stored tensors that TSpin reads and writes; see <see cref="WeightTypeNames"/> for sizes and names.</summary>
public enum WeightType
{
    /// <summary>IEEE binary32, <c>F32</c>.</summary>
    Float32,

    /// <summary>IEEE binary16, <c>F16</c>.</summary>
    Float16,

    /// <summary>The upper half of binary32, <c>BF16</c>.</summary>
    BFloat16,

    /// <summary>IEEE binary64, <c>F64</c>.</summary>
    Float64,

    /// <summary>Signed 64-bit, <c>I64</c>.</summary>
    Int64,

    /// <summary>Signed 32-bit, <c>I32</c>.</summary>
    Int32,

    /// <summary>Signed 16-bit, <c>I16</c>.</summary>
    Int16,

    /// <summary>Signed 8-bit, <c>I8</c>.</summary>
    Int8,

    /// <summary>Unsigned 8-bit, <c>U8</c>.</summary>
    UInt8,

    /// <summary>One byte, 0 or 1, <c>BOOL</c>.</summary>
    Bool,
}
