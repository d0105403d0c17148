namespace TSpin.Gguf;

/// <summary>Where one tensor lies in a GGUF file.</summary>
/// <param name="Name">The tensor's name, for example <c>blk.0.attn_q.weight</c>.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Sizes of the dimensions in row-major order as everywhere in TSpin (the file lists them the other way round); empty for a scalar.</param>
/// <param name="Offset">First byte, counted from the start of the file.</param>
/// <param name="ByteLength">Bytes of all blocks.</param>
public sealed record GgufTensor(string Name, GgufType Type, long[] Shape, long Offset, long ByteLength)
{
    /// <summary>Number of elements: 1 for a scalar, 0 when a dimension is 0.</summary>
    public long ElementCount => ByteLength / Type.BlockBytes() * Type.BlockElements();

    /// <summary>For messages: <c>Q4_K [320, 256]</c>.</summary>
    /// <returns>Type and shape.</returns>
    public override string ToString() => $"{Type} [{string.Join(", ", Shape)}]";
}
