using System.Buffers.Binary;

namespace TSpin.Parquet;

/// <summary>Values one after the other as they are (Encodings.md, PLAIN).</summary>
/// <param name="type">Their type.</param>
/// <param name="data">Holds them.</param>
/// <param name="start">Where they start.</param>
/// <param name="end">Where they end.</param>
internal sealed class PlainDecoder(LeafType type, byte[] data, int start, int end) : ValueDecoder
{
    private int _at = start;
    private BitReader _bits = new(data, start, end);

    /// <summary>Whether all bytes have been used.</summary>
    public bool IsAtEnd => _at == end;

    /// <inheritdoc/>
    public override ParquetValue Next()
    {
        if (type.Physical == PhysicalType.Boolean)
        {
            return new ParquetValue((long)_bits.Next(1), default);
        }

        var length = type.Physical == PhysicalType.ByteArray ? LittleEndian.Length(data, ref _at, end) : type.Width;
        if (length > end - _at)
        {
            throw new ShortDataException("a page");
        }

        var bytes = new ReadOnlyMemory<byte>(data, _at, length);
        _at += length;
        return Of(type, bytes);
    }

    /// <summary>The value that some bytes are.</summary>
    /// <param name="type">Its type; not a truth value.</param>
    /// <param name="bytes">As many bytes as it needs.</param>
    /// <returns>The value.</returns>
    public static ParquetValue Of(LeafType type, ReadOnlyMemory<byte> bytes) => type.Physical switch
    {
        PhysicalType.Int32 or PhysicalType.Float => new ParquetValue(BinaryPrimitives.ReadInt32LittleEndian(bytes.Span), default),
        PhysicalType.Int64 or PhysicalType.Double => new ParquetValue(BinaryPrimitives.ReadInt64LittleEndian(bytes.Span), default),
        _ => new ParquetValue(0, bytes),
    };
}
