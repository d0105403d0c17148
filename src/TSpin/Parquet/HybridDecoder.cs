namespace TSpin.Parquet;

/// <summary>Small numbers in runs, either repeated or bit-packed (Encodings.md, RLE): levels, dictionary indices, truth values.</summary>
/// <param name="data">Holds the bytes.</param>
/// <param name="start">Where they start.</param>
/// <param name="end">Where they end.</param>
/// <param name="bitWidth">Bits of a number, at most 32.</param>
internal sealed class HybridDecoder(byte[] data, int start, int end, int bitWidth) : NumberDecoder
{
    private int _at = start;
    private long _left;
    private bool _isPacked;
    private uint _repeated;
    private BitReader _bits;

    /// <inheritdoc/>
    public override uint Next()
    {
        while (_left == 0)
        {
            StartRun();
        }

        _left--;
        return _isPacked ? (uint)_bits.Next(bitWidth) : _repeated;
    }

    private void StartRun()
    {
        if (bitWidth == 0)
        {
            // Numbers without bits are all 0, whether or not a run says so.
            (_left, _isPacked, _repeated) = (long.MaxValue, false, 0);
            return;
        }

        var head = LittleEndian.Varint(data, ref _at, end);
        _isPacked = (head & 1) == 1;
        var count = head >> 1;
        if (!_isPacked)
        {
            _left = (long)count;
            _repeated = (uint)LittleEndian.Number(data, ref _at, end, (bitWidth + 7) / 8);
            return;
        }

        // A writer may leave out the padding of its last group.
        var bytes = (int)Math.Min((ulong)(end - _at), count * (ulong)bitWidth);
        _left = count > (ulong)(end - _at) ? 8L * bytes / bitWidth : Math.Min((long)count * 8, 8L * bytes / bitWidth);
        if (_left == 0)
        {
            throw new ShortDataException("a page");
        }

        _bits = new BitReader(data, _at, _at + bytes);
        _at += bytes;
    }
}
