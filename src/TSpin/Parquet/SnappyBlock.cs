using System.Buffers.Binary;

namespace TSpin.Parquet;

/// <summary>
/// Unpacks Snappy's raw format (https://github.com/google/snappy, format_description.txt). Ours rather than a package's: it writes into
/// the caller's buffer, and believes no length before it has seen that the bytes can hold it.
/// </summary>
internal static class SnappyBlock
{
    // The densest element: a copy of 64 bytes takes 3.
    private const long LargestRatio = 22;

    /// <summary>Unpacks a block.</summary>
    /// <param name="source">The packed bytes.</param>
    /// <param name="size">How many bytes must come out.</param>
    /// <param name="target">Receives them; grown when it is too small.</param>
    /// <exception cref="ParquetFaultException">The bytes are damaged, or hold another number of bytes.</exception>
    public static void Unpack(ReadOnlySpan<byte> source, int size, ref byte[] target)
    {
        var (stated, shift, from) = (0L, 0, 0);
        do
        {
            if (from == source.Length || shift > 28)
            {
                throw Damaged();
            }

            stated |= (long)(source[from] & 127) << shift;
            shift += 7;
        }
        while (source[from++] >= 128);

        if (stated != size || size > LargestRatio * source.Length)
        {
            throw Damaged();
        }

        PageBuffer.Fit(ref target, size);
        var output = target.AsSpan(0, size);
        var to = 0;
        while (from < source.Length)
        {
            var tag = source[from++];
            var kind = tag & 3;
            if (kind == 0)
            {
                var length = Literal(source, ref from, tag >> 2);
                if (length > source.Length - from || length > size - to)
                {
                    throw Damaged();
                }

                source.Slice(from, (int)length).CopyTo(output[to..]);
                from += (int)length;
                to += (int)length;
                continue;
            }

            var offsetBytes = kind == 3 ? 4 : kind;
            if (offsetBytes > source.Length - from)
            {
                throw Damaged();
            }

            var count = kind == 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2);
            var offset = kind switch
            {
                1 => ((long)(tag >> 5) << 8) | source[from],
                2 => BinaryPrimitives.ReadUInt16LittleEndian(source[from..]),
                _ => BinaryPrimitives.ReadUInt32LittleEndian(source[from..]),
            };
            from += offsetBytes;
            if (!BackReference.Copy(output, ref to, offset, count))
            {
                throw Damaged();
            }
        }

        if (to != size)
        {
            throw Damaged();
        }
    }

    private static long Literal(ReadOnlySpan<byte> source, ref int from, int code)
    {
        if (code < 60)
        {
            return code + 1;
        }

        var bytes = code - 59;
        if (bytes > source.Length - from)
        {
            throw Damaged();
        }

        var length = 0L;
        for (var i = 0; i < bytes; i++)
        {
            length |= (long)source[from++] << (8 * i);
        }

        return length + 1;
    }

    private static ParquetFaultException Damaged() => new("a page cannot be unpacked: its Snappy data are damaged");
}
