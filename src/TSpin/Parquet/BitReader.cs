namespace TSpin.Parquet;

/// <summary>Numbers of a few bits each, the lowest bit first.</summary>
/// <param name="data">Holds the bytes.</param>
/// <param name="start">Where they start.</param>
/// <param name="end">Where they end.</param>
internal struct BitReader(byte[] data, int start, int end)
{
    private long _bit = 8L * start;

    /// <summary>The next number.</summary>
    /// <param name="width">Its bits, at most 64.</param>
    /// <returns>The number.</returns>
    public ulong Next(int width)
    {
        if (_bit + width > 8L * end)
        {
            throw new ShortDataException("a page");
        }

        var value = 0UL;
        for (var have = 0; have < width;)
        {
            var (index, offset) = ((int)(_bit >> 3), (int)(_bit & 7));
            var take = Math.Min(8 - offset, width - have);
            value |= (ulong)((data[index] >> offset) & ((1 << take) - 1)) << have;
            have += take;
            _bit += take;
        }

        return value;
    }
}
