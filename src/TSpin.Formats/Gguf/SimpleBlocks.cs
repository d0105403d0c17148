using System.Buffers.Binary;

namespace TSpin.Gguf;

/// <summary>
/// The types with blocks of 32 values: a half-precision scale d (some with a minimum m), then the quants. Nibbles are split so that
/// byte i holds value i in its low and value i + 16 in its high half.
/// </summary>
internal static class SimpleBlocks
{
    private const int Values = 32;
    private const int Half = Values / 2;

    /// <summary>What the 4-bit indices of the IQ4 types stand for, in units of the scale.</summary>
    public static ReadOnlySpan<sbyte> UnevenValues => [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    /// <summary>d, 16 bytes of nibbles: d (q - 8).</summary>
    public static void Q4_0(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !values.IsEmpty; blocks = blocks[18..], values = values[Values..])
        {
            var d = BlockDecoding.Half(blocks);
            var quants = blocks.Slice(2, Half);
            for (var i = 0; i < Half; i++)
            {
                values[i] = ((quants[i] & 15) - 8) * d;
                values[i + Half] = ((quants[i] >> 4) - 8) * d;
            }
        }
    }

    /// <summary>d, m, 16 bytes of nibbles: d q + m.</summary>
    public static void Q4_1(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !values.IsEmpty; blocks = blocks[20..], values = values[Values..])
        {
            var d = BlockDecoding.Half(blocks);
            var m = BlockDecoding.Half(blocks[2..]);
            var quants = blocks.Slice(4, Half);
            for (var i = 0; i < Half; i++)
            {
                values[i] = ((quants[i] & 15) * d) + m;
                values[i + Half] = ((quants[i] >> 4) * d) + m;
            }
        }
    }

    /// <summary>d, 32 fifth bits, 16 bytes of nibbles: d (q - 16).</summary>
    public static void Q5_0(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !values.IsEmpty; blocks = blocks[22..], values = values[Values..])
        {
            var d = BlockDecoding.Half(blocks);
            var high = BinaryPrimitives.ReadUInt32LittleEndian(blocks[2..]);
            var quants = blocks.Slice(6, Half);
            for (var i = 0; i < Half; i++)
            {
                values[i] = (Low5(quants[i], high, i) - 16) * d;
                values[i + Half] = (High5(quants[i], high, i) - 16) * d;
            }
        }
    }

    /// <summary>d, m, 32 fifth bits, 16 bytes of nibbles: d q + m.</summary>
    public static void Q5_1(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !values.IsEmpty; blocks = blocks[24..], values = values[Values..])
        {
            var d = BlockDecoding.Half(blocks);
            var m = BlockDecoding.Half(blocks[2..]);
            var high = BinaryPrimitives.ReadUInt32LittleEndian(blocks[4..]);
            var quants = blocks.Slice(8, Half);
            for (var i = 0; i < Half; i++)
            {
                values[i] = (Low5(quants[i], high, i) * d) + m;
                values[i + Half] = (High5(quants[i], high, i) * d) + m;
            }
        }
    }

    /// <summary>d, 32 signed bytes: d q.</summary>
    public static void Q8_0(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !values.IsEmpty; blocks = blocks[34..], values = values[Values..])
        {
            var d = BlockDecoding.Half(blocks);
            var quants = blocks.Slice(2, Values);
            for (var i = 0; i < Values; i++)
            {
                values[i] = (sbyte)quants[i] * d;
            }
        }
    }

    /// <summary>d, 16 bytes of nibbles: d times the value each stands for.</summary>
    public static void IQ4_NL(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !values.IsEmpty; blocks = blocks[18..], values = values[Values..])
        {
            Uneven(blocks.Slice(2, Half), BlockDecoding.Half(blocks), values);
        }
    }

    /// <summary>32 values from 16 bytes of indices.</summary>
    public static void Uneven(ReadOnlySpan<byte> indices, float scale, Span<float> values)
    {
        for (var i = 0; i < Half; i++)
        {
            values[i] = UnevenValues[indices[i] & 15] * scale;
            values[i + Half] = UnevenValues[indices[i] >> 4] * scale;
        }
    }

    private static int Low5(byte nibbles, uint high, int i) => (nibbles & 15) | (int)((high >> i) & 1) << 4;

    private static int High5(byte nibbles, uint high, int i) => (nibbles >> 4) | (int)((high >> (i + Half)) & 1) << 4;
}
