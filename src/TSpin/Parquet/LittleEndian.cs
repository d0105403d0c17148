namespace TSpin.Parquet;

/// <summary>Numbers inside a page.</summary>
internal static class LittleEndian
{
    /// <summary>Reads a number of some bytes.</summary>
    /// <param name="data">Holds it.</param>
    /// <param name="at">Where it starts; moved on.</param>
    /// <param name="end">Where the data end.</param>
    /// <param name="bytes">Its bytes, at most 8.</param>
    /// <returns>The number, without sign.</returns>
    /// <exception cref="ShortDataException">The data end before.</exception>
    public static ulong Number(byte[] data, ref int at, int end, int bytes)
    {
        if (bytes > end - at)
        {
            throw new ShortDataException("a page");
        }

        var value = 0UL;
        for (var i = 0; i < bytes; i++)
        {
            value |= (ulong)data[at++] << (8 * i);
        }

        return value;
    }

    /// <summary>Reads a count of bytes that must be there.</summary>
    /// <param name="data">Holds it in four bytes.</param>
    /// <param name="at">Where it starts; moved on.</param>
    /// <param name="end">Where the data end.</param>
    /// <returns>The count; as many bytes follow.</returns>
    /// <exception cref="ShortDataException">The data end before.</exception>
    public static int Length(byte[] data, ref int at, int end) =>
        Number(data, ref at, end, 4) is var length && length <= (ulong)(end - at) ? (int)length : throw new ShortDataException("a page");

    /// <summary>Reads a number of seven bits per byte (ULEB128).</summary>
    /// <param name="data">Holds it.</param>
    /// <param name="at">Where it starts; moved on.</param>
    /// <param name="end">Where the data end.</param>
    /// <returns>The number.</returns>
    /// <exception cref="ShortDataException">The data end before.</exception>
    public static ulong Varint(byte[] data, ref int at, int end)
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = (byte)Number(data, ref at, end, 1);
            value |= (ulong)(part & 127) << shift;
            if (part < 128)
            {
                return value;
            }
        }

        throw new ParquetFaultException("a page holds a number of more than 64 bits");
    }
}
