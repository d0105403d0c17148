using System.Buffers.Binary;

namespace TSpin.Parquet;

/// <summary>Unpacks LZ4's block format (https://github.com/lz4/lz4, doc/lz4_Block_format.md), which Parquet calls LZ4_RAW.</summary>
internal static class Lz4Block
{
    // A match's length costs one byte for each 255.
    private const long LargestRatio = 255;

    /// <summary>Unpacks a block.</summary>
    /// <param name="source">The packed bytes.</param>
    /// <param name="size">How many bytes must come out.</param>
    /// <param name="target">Receives them; grown when it is too small.</param>
    /// <exception cref="ParquetFaultException">The bytes are damaged, or hold another number of bytes.</exception>
    public static void Unpack(ReadOnlySpan<byte> source, int size, ref byte[] target)
    {
        if (size > LargestRatio * source.Length)
        {
            throw Damaged();
        }

        PageBuffer.Fit(ref target, size);
        var output = target.AsSpan(0, size);
        var (from, to) = (0, 0);
        while (from < source.Length)
        {
            var token = source[from++];
            var literals = Length(source, ref from, token >> 4);
            if (literals > source.Length - from || literals > size - to)
            {
                throw Damaged();
            }

            source.Slice(from, literals).CopyTo(output[to..]);
            from += literals;
            to += literals;
            if (from == source.Length)
            {
                break;
            }

            if (source.Length - from < 2)
            {
                throw Damaged();
            }

            var offset = BinaryPrimitives.ReadUInt16LittleEndian(source[from..]);
            from += 2;
            if (!BackReference.Copy(output, ref to, offset, 4 + Length(source, ref from, token & 15)))
            {
                throw Damaged();
            }
        }

        if (to != size)
        {
            throw Damaged();
        }
    }

    private static int Length(ReadOnlySpan<byte> source, ref int from, int nibble)
    {
        if (nibble < 15)
        {
            return nibble;
        }

        var length = 15L;
        byte part;
        do
        {
            if (from == source.Length)
            {
                throw Damaged();
            }

            part = source[from++];
            length += part;
        }
        while (part == 255);
        return length < PageHeader.LargestPage ? (int)length : throw Damaged();
    }

    private static ParquetFaultException Damaged() => new("a page cannot be unpacked: its LZ4 data are damaged");
}
