namespace TSpin.Parquet;

/// <summary>Byte arrays that each begin like the one before (Encodings.md, DELTA_BYTE_ARRAY).</summary>
internal sealed class DeltaBytesDecoder : ValueDecoder
{
    private readonly LeafType _type;
    private readonly DeltaDecoder _prefixes;
    private readonly DeltaLengthDecoder _suffixes;
    private byte[] _value = new byte[64];
    private int _length;

    /// <summary>Finds the suffixes behind the prefixes' lengths.</summary>
    /// <param name="type">The values' type.</param>
    /// <param name="data">Holds both.</param>
    /// <param name="start">Where the lengths start.</param>
    /// <param name="end">Where the suffixes end.</param>
    public DeltaBytesDecoder(LeafType type, byte[] data, int start, int end)
    {
        _type = type;
        _prefixes = new DeltaDecoder(data, start, end, is32Bit: true);
        _suffixes = new DeltaLengthDecoder(data, new DeltaDecoder(data, start, end, is32Bit: true).SkipAll(), end);
    }

    /// <inheritdoc/>
    public override ParquetValue Next()
    {
        var kept = _prefixes.NextNumber();
        var suffix = _suffixes.Next().Bytes.Span;
        if (kept < 0 || kept > _length || (_type.Width > 0 && kept + suffix.Length != _type.Width))
        {
            throw new ParquetFaultException("a page has a value that begins with more than the value before it, or is too short");
        }

        _length = (int)kept + suffix.Length;
        if (_value.Length < _length)
        {
            Array.Resize(ref _value, Math.Max(_length, 2 * _value.Length));
        }

        suffix.CopyTo(_value.AsSpan((int)kept));
        return new ParquetValue(0, _value.AsMemory(0, _length));
    }
}
