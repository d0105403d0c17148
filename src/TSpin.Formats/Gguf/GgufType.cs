namespace TSpin.Gguf;

/// <summary>
/// The element types of tensors in GGUF files, numbered as in the files (<c>ggml_type</c>). <see cref="GgufTypes"/> has their block
/// sizes and says which of them TSpin decodes. Numbers left out belong to types that were withdrawn from the format.
/// </summary>
public enum GgufType
{
    /// <summary>IEEE binary32.</summary>
    F32 = 0,

    /// <summary>IEEE binary16.</summary>
    F16 = 1,

    /// <summary>Blocks of 32: scale, 4-bit values around 8.</summary>
    Q4_0 = 2,

    /// <summary>Blocks of 32: scale and minimum, 4-bit values.</summary>
    Q4_1 = 3,

    /// <summary>Blocks of 32: scale, 5-bit values around 16.</summary>
    Q5_0 = 6,

    /// <summary>Blocks of 32: scale and minimum, 5-bit values.</summary>
    Q5_1 = 7,

    /// <summary>Blocks of 32: scale, signed bytes.</summary>
    Q8_0 = 8,

    /// <summary>An arithmetic intermediate of ggml; not decoded.</summary>
    Q8_1 = 9,

    /// <summary>Blocks of 256 in 16 groups with 4-bit scales and minima, 2-bit values.</summary>
    Q2_K = 10,

    /// <summary>Blocks of 256 in 16 groups with 6-bit scales, 3-bit values.</summary>
    Q3_K = 11,

    /// <summary>Blocks of 256 in 8 groups with 6-bit scales and minima, 4-bit values.</summary>
    Q4_K = 12,

    /// <summary>Blocks of 256 in 8 groups with 6-bit scales and minima, 5-bit values.</summary>
    Q5_K = 13,

    /// <summary>Blocks of 256 in 16 groups with 8-bit scales, 6-bit values.</summary>
    Q6_K = 14,

    /// <summary>An arithmetic intermediate of ggml; not decoded.</summary>
    Q8_K = 15,

    /// <summary>Codebook type; not decoded.</summary>
    IQ2_XXS = 16,

    /// <summary>Codebook type; not decoded.</summary>
    IQ2_XS = 17,

    /// <summary>Codebook type; not decoded.</summary>
    IQ3_XXS = 18,

    /// <summary>Codebook type; not decoded.</summary>
    IQ1_S = 19,

    /// <summary>Blocks of 32: scale, 4-bit indices into a fixed table of 16 unevenly spaced values.</summary>
    IQ4_NL = 20,

    /// <summary>Codebook type; not decoded.</summary>
    IQ3_S = 21,

    /// <summary>Codebook type; not decoded.</summary>
    IQ2_S = 22,

    /// <summary>Blocks of 256 in 8 groups with 6-bit scales, 4-bit indices into the table of <see cref="IQ4_NL"/>.</summary>
    IQ4_XS = 23,

    /// <summary>Signed byte.</summary>
    I8 = 24,

    /// <summary>Signed 16-bit.</summary>
    I16 = 25,

    /// <summary>Signed 32-bit.</summary>
    I32 = 26,

    /// <summary>Signed 64-bit.</summary>
    I64 = 27,

    /// <summary>IEEE binary64.</summary>
    F64 = 28,

    /// <summary>Codebook type; not decoded.</summary>
    IQ1_M = 29,

    /// <summary>The upper half of binary32.</summary>
    BF16 = 30,

    /// <summary>Ternary type; not decoded.</summary>
    TQ1_0 = 34,

    /// <summary>Ternary type; not decoded.</summary>
    TQ2_0 = 35,

    /// <summary>Blocks of 32: power-of-two scale, 4-bit floats; not decoded.</summary>
    MXFP4 = 39,
}
