namespace TSpin.Safetensors;

/// <summary>Where one tensor lies in a safetensors file. Elements are little endian, row-major, without gaps.</summary>
/// <param name="Name">The tensor's name, for example <c>model.embed_tokens.weight</c>.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Sizes of the dimensions, none negative; empty for a scalar.</param>
/// <param name="Offset">First byte, counted from the start of the file.</param>
/// <param name="ByteLength">Bytes of all elements: product of <paramref name="Shape"/> times the element size.</param>
public sealed record TensorEntry(string Name, WeightType Type, long[] Shape, long Offset, long ByteLength)
{
    /// <summary>Number of elements: 1 for a scalar, 0 when a dimension is 0.</summary>
    public long ElementCount => ByteLength / Type.ByteSize();

    /// <summary>For messages: <c>F32 [320, 48]</c>.</summary>
    /// <returns>Type and shape.</returns>
    public override string ToString() => $"{Type.SafetensorsName()} [{string.Join(", ", Shape)}]";
}
