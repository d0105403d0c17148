namespace TSpin.Parquet;

/// <summary>Byte arrays whose lengths stand before all their bytes (Encodings.md, DELTA_LENGTH_BYTE_ARRAY).</summary>
internal sealed class DeltaLengthDecoder : ValueDecoder
{
    private readonly byte[] _data;
    private readonly int _end;
    private readonly DeltaDecoder _lengths;
    private int _at;

    /// <summary>Finds the bytes behind the lengths.</summary>
    /// <param name="data">Holds both.</param>
    /// <param name="start">Where the lengths start.</param>
    /// <param name="end">Where the bytes end.</param>
    public DeltaLengthDecoder(byte[] data, int start, int end)
    {
        (_data, _end) = (data, end);
        _lengths = new DeltaDecoder(data, start, end, is32Bit: true);
        _at = new DeltaDecoder(data, start, end, is32Bit: true).SkipAll();
    }

    /// <inheritdoc/>
    public override ParquetValue Next()
    {
        var length = _lengths.NextNumber();
        if (length < 0 || length > _end - _at)
        {
            throw new ShortDataException("a page");
        }

        var bytes = new ReadOnlyMemory<byte>(_data, _at, (int)length);
        _at += (int)length;
        return new ParquetValue(0, bytes);
    }
}
