namespace TSpin.Torch;

/// <summary>Element type of a tensor. The numbers are those of <c>ts_dtype</c> in tspin_torch.h.</summary>
public enum DType
{
    /// <summary>IEEE 754 single precision, 4 bytes.</summary>
    Float32 = 0,

    /// <summary>bfloat16: the upper half of a float32, 2 bytes.</summary>
    BFloat16 = 1,

    /// <summary>IEEE 754 double precision, 8 bytes.</summary>
    Float64 = 2,

    /// <summary>Signed 64-bit integer: token ids and indices.</summary>
    Int64 = 3,

    /// <summary>Truth value, 1 byte.</summary>
    Bool = 4,

    /// <summary>IEEE 754 half precision, 2 bytes; read from files, not computed with on the CPU.</summary>
    Float16 = 5,

    /// <summary>Signed 32-bit integer.</summary>
    Int32 = 6,

    /// <summary>Unsigned byte.</summary>
    UInt8 = 7,
}
