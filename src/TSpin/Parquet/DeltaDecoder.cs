namespace TSpin.Parquet;

/// <summary>Whole numbers as differences in blocks (Encodings.md, DELTA_BINARY_PACKED).</summary>
internal sealed class DeltaDecoder : ValueDecoder
{
    private const int LargestBlock = 1 << 20;
    private readonly byte[] _data;
    private readonly int _end;
    private readonly int _miniBlocks;
    private readonly int _perMiniBlock;
    private readonly bool _is32Bit;
    private readonly ulong _count;
    private ulong _given;
    private int _at;
    private int _widths;
    private int _miniBlock;
    private int _leftInMiniBlock;
    private int _width;
    private long _minimum;
    private long _value;
    private BitReader _bits;

    /// <summary>Reads the head.</summary>
    /// <param name="data">Holds the bytes.</param>
    /// <param name="start">Where they start.</param>
    /// <param name="end">Where they end at the latest.</param>
    /// <param name="is32Bit">Whether numbers wrap round at 32 bits rather than at 64.</param>
    /// <exception cref="ParquetFaultException">The head is damaged.</exception>
    public DeltaDecoder(byte[] data, int start, int end, bool is32Bit)
    {
        (_data, _end, _at, _is32Bit) = (data, end, start, is32Bit);
        var block = LittleEndian.Varint(data, ref _at, end);
        var miniBlocks = LittleEndian.Varint(data, ref _at, end);
        _count = LittleEndian.Varint(data, ref _at, end);
        _value = ZigZag();
        if (block is < 8 or > LargestBlock || miniBlocks < 1 || miniBlocks > block || block % miniBlocks != 0 || block / miniBlocks % 8 != 0)
        {
            throw new ParquetFaultException($"a page has delta blocks of {block} values in {miniBlocks} parts, which cannot be");
        }

        (_miniBlocks, _perMiniBlock) = ((int)miniBlocks, (int)(block / miniBlocks));
        _miniBlock = _miniBlocks;
    }

    /// <summary>How many numbers there are.</summary>
    public ulong Count => _count;

    /// <inheritdoc/>
    public override ParquetValue Next() => new(NextNumber(), default);

    /// <summary>The next number.</summary>
    /// <returns>The number.</returns>
    public long NextNumber()
    {
        if (_given == _count)
        {
            throw new ShortDataException("a page");
        }

        if (_given++ > 0)
        {
            if (_leftInMiniBlock == 0)
            {
                StartMiniBlock();
            }

            _leftInMiniBlock--;
            _value = unchecked(_value + _minimum + (long)_bits.Next(_width));
        }

        return _is32Bit ? unchecked((int)_value) : _value;
    }

    /// <summary>Passes over all numbers without reading them; nothing can be read afterwards.</summary>
    /// <returns>Where the bytes after them start.</returns>
    public int SkipAll()
    {
        // Every part takes bytes of the page, or belongs to a block that does: this ends soon whatever count is stated.
        for (var left = _count - Math.Min(_count, 1); left > 0; left -= Math.Min(left, (ulong)_perMiniBlock))
        {
            StartMiniBlock();
        }

        _given = _count;
        return _at;
    }

    private void StartMiniBlock()
    {
        if (_miniBlock == _miniBlocks)
        {
            _minimum = ZigZag();
            if (_miniBlocks > _end - _at)
            {
                throw new ShortDataException("a page");
            }

            _widths = _at;
            _at += _miniBlocks;
            _miniBlock = 0;
        }

        _width = _data[_widths + _miniBlock++];
        var bytes = (long)_width * _perMiniBlock / 8;
        if (_width > 64 || bytes > _end - _at)
        {
            throw new ShortDataException("a page");
        }

        _bits = new BitReader(_data, _at, _at + (int)bytes);
        _at += (int)bytes;
        _leftInMiniBlock = _perMiniBlock;
    }

    private long ZigZag() => LittleEndian.Varint(_data, ref _at, _end) is var bits ? (long)(bits >> 1) ^ -(long)(bits & 1) : 0;
}
