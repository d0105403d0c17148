using System.Buffers.Binary;

namespace TSpin.Gguf;

/// <summary>
/// The types with blocks of 256 values in groups of 16 or 32, each group with a small scale of its own in units of the block's
/// half-precision scale (and a minimum likewise).
/// </summary>
internal static class SuperBlocks
{
    private const int Values = 256;

    /// <summary>16 bytes (scale, minimum) in nibbles, 64 bytes of 2-bit quants, d, dmin: d scale q - dmin minimum.</summary>
    public static void Q2_K(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !values.IsEmpty; blocks = blocks[84..], values = values[Values..])
        {
            var scales = blocks[..16];
            var quants = blocks.Slice(16, 64);
            var d = BlockDecoding.Half(blocks[80..]);
            var minimum = BlockDecoding.Half(blocks[82..]);
            for (var group = 0; group < 16; group++)
            {
                var scale = d * (scales[group] & 15);
                var offset = minimum * (scales[group] >> 4);
                var (start, shift) = PlaceOf2Bits(group);
                for (var i = 0; i < 16; i++)
                {
                    values[(group * 16) + i] = (scale * ((quants[start + i] >> shift) & 3)) - offset;
                }
            }
        }
    }

    /// <summary>32 bytes of third bits, 64 bytes of 2-bit quants, 12 bytes of 6-bit scales, d: d (scale - 32) (q - 4).</summary>
    public static void Q3_K(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !values.IsEmpty; blocks = blocks[110..], values = values[Values..])
        {
            var high = blocks[..32];
            var quants = blocks.Slice(32, 64);
            var scales = blocks.Slice(96, 12);
            var d = BlockDecoding.Half(blocks[108..]);
            for (var group = 0; group < 16; group++)
            {
                // The low four bits of scale g are in nibble g of the first 8 bytes (low nibbles first), the upper two in the last 4 bytes.
                var low = group < 8 ? scales[group] & 15 : scales[group - 8] >> 4;
                var upper = (scales[8 + (group % 4)] >> (2 * (group / 4))) & 3;
                var scale = d * ((low | upper << 4) - 32);
                var (start, shift) = PlaceOf2Bits(group);
                for (var i = 0; i < 16; i++)
                {
                    var third = (high[(start + i) % 32] >> (group / 2)) & 1;
                    values[(group * 16) + i] = scale * (((quants[start + i] >> shift) & 3 | third << 2) - 4);
                }
            }
        }
    }

    /// <summary>d, dmin, 12 bytes of 6-bit scales and minima, 128 bytes of nibbles: d scale q - dmin minimum.</summary>
    public static void Q4_K(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !values.IsEmpty; blocks = blocks[144..], values = values[Values..])
        {
            var quants = blocks.Slice(16, 128);
            for (var group = 0; group < 8; group++)
            {
                var (scale, offset) = ScaleAndOffset(blocks, group);
                var bytes = quants.Slice(group / 2 * 32, 32);
                var shift = group % 2 * 4;
                for (var i = 0; i < 32; i++)
                {
                    values[(group * 32) + i] = (scale * ((bytes[i] >> shift) & 15)) - offset;
                }
            }
        }
    }

    /// <summary>As <see cref="Q4_K"/>, with 32 bytes of fifth bits before the nibbles; bit g of byte i is that of value i of group g.</summary>
    public static void Q5_K(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !values.IsEmpty; blocks = blocks[176..], values = values[Values..])
        {
            var high = blocks.Slice(16, 32);
            var quants = blocks.Slice(48, 128);
            for (var group = 0; group < 8; group++)
            {
                var (scale, offset) = ScaleAndOffset(blocks, group);
                var bytes = quants.Slice(group / 2 * 32, 32);
                var shift = group % 2 * 4;
                for (var i = 0; i < 32; i++)
                {
                    values[(group * 32) + i] = (scale * (((bytes[i] >> shift) & 15) | ((high[i] >> group) & 1) << 4)) - offset;
                }
            }
        }
    }

    /// <summary>128 bytes of low nibbles, 64 bytes of upper bit pairs, 16 signed scales, d: d scale (q - 32).</summary>
    public static void Q6_K(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !values.IsEmpty; blocks = blocks[210..], values = values[Values..])
        {
            var low = blocks[..128];
            var upper = blocks.Slice(128, 64);
            var scales = blocks.Slice(192, 16);
            var d = BlockDecoding.Half(blocks[208..]);
            for (var group = 0; group < 16; group++)
            {
                var scale = d * (sbyte)scales[group];

                // Each half of the block has 64 bytes of nibbles: the low ones are its first 64 values, the high ones its last 64.
                var inHalf = group % 8;
                var lowStart = (group / 8 * 64) + (inHalf % 4 * 16);
                var lowShift = inHalf / 4 * 4;
                var upperStart = (group / 8 * 32) + (inHalf % 2 * 16);
                var upperShift = inHalf / 2 * 2;
                for (var i = 0; i < 16; i++)
                {
                    var quant = ((low[lowStart + i] >> lowShift) & 15) | ((upper[upperStart + i] >> upperShift) & 3) << 4;
                    values[(group * 16) + i] = scale * (quant - 32);
                }
            }
        }
    }

    /// <summary>d, 8 upper bit pairs and 8 low nibbles of the groups' scales, 128 bytes of indices: d (scale - 32) times what an index stands for.</summary>
    public static void IQ4_XS(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !values.IsEmpty; blocks = blocks[136..], values = values[Values..])
        {
            var d = BlockDecoding.Half(blocks);
            var upper = BinaryPrimitives.ReadUInt16LittleEndian(blocks[2..]);
            for (var group = 0; group < 8; group++)
            {
                var scale = ((blocks[4 + (group / 2)] >> (group % 2 * 4)) & 15) | ((upper >> (2 * group)) & 3) << 4;
                SimpleBlocks.Uneven(blocks.Slice(8 + (group * 16), 16), d * (scale - 32), values.Slice(group * 32, 32));
            }
        }
    }

    // Groups of 16 values: each half of the block has 32 bytes, whose four bit pairs are four stretches of 32 values.
    private static (int Start, int Shift) PlaceOf2Bits(int group) => ((group / 8 * 32) + (group % 2 * 16), group % 8 / 2 * 2);

    // Groups 0 to 3 have theirs in the low 6 bits of bytes g (scale) and g + 4 (minimum); groups 4 to 7 have nibbles in byte g + 4 and
    // their upper two bits on top of the bytes of groups g - 4.
    private static (float Scale, float Offset) ScaleAndOffset(ReadOnlySpan<byte> block, int group)
    {
        var packed = block.Slice(4, 12);
        var (scale, minimum) = group < 4
            ? (packed[group] & 63, packed[group + 4] & 63)
            : ((packed[group + 4] & 15) | packed[group - 4] >> 6 << 4, packed[group + 4] >> 4 | packed[group] >> 6 << 4);
        return (BlockDecoding.Half(block) * scale, BlockDecoding.Half(block[2..]) * minimum);
    }
}
