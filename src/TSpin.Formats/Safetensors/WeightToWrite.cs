using System.Runtime.InteropServices;

namespace TSpin.Safetensors;

/// <summary>
/// One tensor to be stored. Its bytes are asked for when their turn comes, so that a caller can convert one tensor at a time
/// (device to host, float32 to bfloat16) without holding the model twice.
/// </summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Type">Element type as stored.</param>
/// <param name="Shape">Sizes of the dimensions; empty for a scalar.</param>
/// <param name="WriteTo">Writes exactly <see cref="ByteLength"/> bytes, little endian, row-major. Called once.</param>
public sealed record WeightToWrite(string Name, WeightType Type, long[] Shape, Action<Stream> WriteTo)
{
    private const int ChunkBytes = 1 << 24;

    /// <summary>Number of elements.</summary>
    public long ElementCount => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Bytes the tensor takes.</summary>
    public long ByteLength => checked(ElementCount * Type.ByteSize());

    /// <summary>A tensor whose bytes are in managed memory.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="type">Element type.</param>
    /// <param name="shape">Sizes of the dimensions.</param>
    /// <param name="bytes">Its bytes, little endian, row-major.</param>
    /// <returns>The tensor.</returns>
    public static WeightToWrite FromMemory(string name, WeightType type, long[] shape, ReadOnlyMemory<byte> bytes) =>
        new(name, type, shape, stream => stream.Write(bytes.Span));

    /// <summary>A tensor whose values are in managed memory.</summary>
    /// <typeparam name="T">The elements' type; must have the size of <paramref name="type"/>.</typeparam>
    /// <param name="name">The tensor's name.</param>
    /// <param name="type">Element type.</param>
    /// <param name="shape">Sizes of the dimensions.</param>
    /// <param name="values">Its values, row-major.</param>
    /// <returns>The tensor.</returns>
    public static WeightToWrite FromValues<T>(string name, WeightType type, long[] shape, T[] values)
        where T : unmanaged => new(name, type, shape, stream => stream.Write(MemoryMarshal.AsBytes<T>(values)));

    /// <summary>A tensor whose bytes are in native memory.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="type">Element type.</param>
    /// <param name="shape">Sizes of the dimensions.</param>
    /// <param name="bytes">First of its bytes, readable until they are written.</param>
    /// <returns>The tensor.</returns>
    public static unsafe WeightToWrite FromPointer(string name, WeightType type, long[] shape, byte* bytes)
    {
        var address = (nint)bytes;
        var length = new WeightToWrite(name, type, shape, _ => { }).ByteLength;
        return new WeightToWrite(name, type, shape, stream =>
        {
            for (long done = 0; done < length; done += ChunkBytes)
            {
                stream.Write(new ReadOnlySpan<byte>((byte*)address + done, (int)Math.Min(ChunkBytes, length - done)));
            }
        });
    }
}
