namespace TSpin.Parquet;

/// <summary>Levels as old writers packed them, the highest bit first and without runs (Encodings.md, BIT_PACKED, deprecated).</summary>
/// <param name="data">Holds the bytes.</param>
/// <param name="start">Where they start.</param>
/// <param name="end">Where they end.</param>
/// <param name="bitWidth">Bits of a number.</param>
internal sealed class HighBitDecoder(byte[] data, int start, int end, int bitWidth) : NumberDecoder
{
    private long _bit = 8L * start;

    /// <inheritdoc/>
    public override uint Next()
    {
        if (_bit + bitWidth > 8L * end)
        {
            throw new ShortDataException("a page");
        }

        var value = 0u;
        for (var i = 0; i < bitWidth; i++, _bit++)
        {
            value = (value << 1) | (uint)((data[_bit >> 3] >> (7 - (int)(_bit & 7))) & 1);
        }

        return value;
    }
}
