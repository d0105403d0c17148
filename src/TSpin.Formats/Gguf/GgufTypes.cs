namespace TSpin.Gguf;

/// <summary>Block sizes of the types, and which of them can be decoded.</summary>
public static class GgufTypes
{
    // Elements and bytes of a block, as ggml lays them out. Types that are not decoded are here too, so that every tensor's range in
    // the file can be checked and a file can be used for its vocabulary whatever its weights are.
    private static readonly Dictionary<GgufType, (int Elements, int Bytes)> Blocks = new()
    {
        [GgufType.F32] = (1, 4),
        [GgufType.F16] = (1, 2),
        [GgufType.BF16] = (1, 2),
        [GgufType.F64] = (1, 8),
        [GgufType.I8] = (1, 1),
        [GgufType.I16] = (1, 2),
        [GgufType.I32] = (1, 4),
        [GgufType.I64] = (1, 8),
        [GgufType.Q4_0] = (32, 18),
        [GgufType.Q4_1] = (32, 20),
        [GgufType.Q5_0] = (32, 22),
        [GgufType.Q5_1] = (32, 24),
        [GgufType.Q8_0] = (32, 34),
        [GgufType.Q8_1] = (32, 36),
        [GgufType.Q2_K] = (256, 84),
        [GgufType.Q3_K] = (256, 110),
        [GgufType.Q4_K] = (256, 144),
        [GgufType.Q5_K] = (256, 176),
        [GgufType.Q6_K] = (256, 210),
        [GgufType.Q8_K] = (256, 292),
        [GgufType.IQ4_NL] = (32, 18),
        [GgufType.IQ4_XS] = (256, 136),
        [GgufType.IQ1_S] = (256, 50),
        [GgufType.IQ1_M] = (256, 56),
        [GgufType.IQ2_XXS] = (256, 66),
        [GgufType.IQ2_XS] = (256, 74),
        [GgufType.IQ2_S] = (256, 82),
        [GgufType.IQ3_XXS] = (256, 98),
        [GgufType.IQ3_S] = (256, 110),
        [GgufType.TQ1_0] = (256, 54),
        [GgufType.TQ2_0] = (256, 66),
        [GgufType.MXFP4] = (32, 17),
    };

    /// <summary>The names of the types that can be decoded, for messages.</summary>
    public static string Decodable { get; } = string.Join(", ", Blocks.Keys.Where(IsDecodable));

    /// <summary>Elements of one block; a row of a tensor holds whole blocks.</summary>
    /// <param name="type">A type of the format.</param>
    /// <returns>1, 32 or 256.</returns>
    public static int BlockElements(this GgufType type) => Blocks[type].Elements;

    /// <summary>Bytes of one block.</summary>
    /// <param name="type">A type of the format.</param>
    /// <returns>Bytes.</returns>
    public static int BlockBytes(this GgufType type) => Blocks[type].Bytes;

    /// <summary>Whether <see cref="GgufFile.Read"/> can turn the type into numbers.</summary>
    /// <param name="type">Any type.</param>
    /// <returns>True for those that TSpin decodes.</returns>
    public static bool IsDecodable(this GgufType type) => BlockDecoding.Of(type) is not null;

    internal static bool IsKnown(GgufType type) => Blocks.ContainsKey(type);
}
