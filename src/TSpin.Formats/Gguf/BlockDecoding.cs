using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace TSpin.Gguf;

/// <summary>
/// Turns blocks of a GGUF type into float32 values. Each method takes whole blocks and as many values as they hold. All arithmetic is
/// float32, in the order ggml's reference code does it, so that values agree to the last bit but for fused roundings.
/// </summary>
internal static class BlockDecoding
{
    internal delegate void Decoder(ReadOnlySpan<byte> blocks, Span<float> values);

    private static readonly Dictionary<GgufType, Decoder> Decoders = new()
    {
        [GgufType.F32] = (bytes, values) => MemoryMarshal.Cast<byte, float>(bytes).CopyTo(values),
        [GgufType.F16] = Float16,
        [GgufType.BF16] = BFloat16,
        [GgufType.F64] = (bytes, values) => Narrow(MemoryMarshal.Cast<byte, double>(bytes), values, value => (float)value),
        [GgufType.I8] = (bytes, values) => Narrow(MemoryMarshal.Cast<byte, sbyte>(bytes), values, value => value),
        [GgufType.I16] = (bytes, values) => Narrow(MemoryMarshal.Cast<byte, short>(bytes), values, value => value),
        [GgufType.I32] = (bytes, values) => Narrow(MemoryMarshal.Cast<byte, int>(bytes), values, value => value),
        [GgufType.I64] = (bytes, values) => Narrow(MemoryMarshal.Cast<byte, long>(bytes), values, value => value),
        [GgufType.Q4_0] = SimpleBlocks.Q4_0,
        [GgufType.Q4_1] = SimpleBlocks.Q4_1,
        [GgufType.Q5_0] = SimpleBlocks.Q5_0,
        [GgufType.Q5_1] = SimpleBlocks.Q5_1,
        [GgufType.Q8_0] = SimpleBlocks.Q8_0,
        [GgufType.Q2_K] = SuperBlocks.Q2_K,
        [GgufType.Q3_K] = SuperBlocks.Q3_K,
        [GgufType.Q4_K] = SuperBlocks.Q4_K,
        [GgufType.Q5_K] = SuperBlocks.Q5_K,
        [GgufType.Q6_K] = SuperBlocks.Q6_K,
        [GgufType.IQ4_NL] = SimpleBlocks.IQ4_NL,
        [GgufType.IQ4_XS] = SuperBlocks.IQ4_XS,
    };

    /// <summary>The decoder of a type, or null when there is none.</summary>
    public static Decoder? Of(GgufType type) => Decoders.GetValueOrDefault(type);

    /// <summary>The half-precision number in two bytes.</summary>
    public static float Half(ReadOnlySpan<byte> bytes) => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes);

    private static void Float16(ReadOnlySpan<byte> bytes, Span<float> values) =>
        Narrow(MemoryMarshal.Cast<byte, Half>(bytes), values, value => (float)value);

    private static void BFloat16(ReadOnlySpan<byte> bytes, Span<float> values)
    {
        var halves = MemoryMarshal.Cast<byte, ushort>(bytes);
        for (var i = 0; i < halves.Length; i++)
        {
            values[i] = BitConverter.UInt32BitsToSingle((uint)halves[i] << 16);
        }
    }

    private static void Narrow<T>(ReadOnlySpan<T> source, Span<float> values, Func<T, float> convert)
    {
        for (var i = 0; i < source.Length; i++)
        {
            values[i] = convert(source[i]);
        }
    }
}
