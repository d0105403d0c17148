namespace TSpin.Parquet;

/// <summary>Values of fixed length whose first bytes stand together, then their second bytes, and so on (Encodings.md, BYTE_STREAM_SPLIT).</summary>
internal sealed class SplitDecoder : ValueDecoder
{
    private readonly LeafType _type;
    private readonly byte[] _data;
    private readonly int _start;
    private readonly int _count;
    private readonly byte[] _value;
    private int _next;

    /// <summary>Counts the values.</summary>
    /// <param name="type">Their type.</param>
    /// <param name="data">Holds them.</param>
    /// <param name="start">Where they start.</param>
    /// <param name="end">Where they end.</param>
    public SplitDecoder(LeafType type, byte[] data, int start, int end)
    {
        (_type, _data, _start, _count, _value) = (type, data, start, (end - start) / type.Width, new byte[type.Width]);
        if (_count * type.Width != end - start)
        {
            throw new ShortDataException("a page");
        }
    }

    /// <inheritdoc/>
    public override ParquetValue Next()
    {
        if (_next == _count)
        {
            throw new ShortDataException("a page");
        }

        for (var i = 0; i < _value.Length; i++)
        {
            _value[i] = _data[_start + (i * _count) + _next];
        }

        _next++;
        return PlainDecoder.Of(_type, _value);
    }
}
