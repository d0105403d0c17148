using System.IO.Hashing;
using System.Numerics;

namespace TSpin.Parquet;

/// <summary>Reads the pages of one column of one row group in order; holds one of them and the dictionary.</summary>
/// <param name="file">The file.</param>
/// <param name="leaf">The column.</param>
/// <param name="chunk">Where it lies.</param>
internal sealed class PageReader(PageFile file, SchemaNode leaf, ColumnChunk chunk)
{
    private const int UsualHeader = 1 << 9;
    private const int LargestHeader = 1 << 24;
    private readonly int _repetitionBits = 32 - BitOperations.LeadingZeroCount((uint)leaf.Repetition);
    private readonly int _definitionBits = 32 - BitOperations.LeadingZeroCount((uint)leaf.Definition);
    private long _position = chunk.Start;
    private byte[] _stored = [];
    private byte[] _unpacked = [];
    private byte[] _window = new byte[UsualHeader];

    /// <summary>The column's dictionary, once its page was met; null when there is none.</summary>
    public ParquetValue[]? Dictionary { get; private set; }

    /// <summary>Reads up to the next page of values.</summary>
    /// <returns>The page; valid until the next one is asked for.</returns>
    /// <exception cref="ParquetFaultException">There is none, or it is damaged or not supported.</exception>
    public DataPage Next()
    {
        while (true)
        {
            var header = Header();
            if (header.StoredSize > chunk.End - _position)
            {
                throw new ParquetFaultException($"a page of {header.StoredSize} bytes reaches beyond the end of its column");
            }

            if (header.Type is not (PageHeader.DataV1 or PageHeader.DataV2 or PageHeader.Dictionary))
            {
                _position += header.StoredSize;
                continue;
            }

            PageBuffer.Fit(ref _stored, header.StoredSize);
            file.Read(_position, _stored.AsSpan(0, header.StoredSize));
            _position += header.StoredSize;
            if (header.Crc is { } crc && Crc32.HashToUInt32(_stored.AsSpan(0, header.StoredSize)) != crc)
            {
                throw new ParquetFaultException("a page's checksum is wrong: the file is damaged");
            }

            switch (header.Type)
            {
                case PageHeader.DataV1:
                    return Version1(header);
                case PageHeader.DataV2:
                    return Version2(header);
                default:
                    ReadDictionary(header);
                    break;
            }
        }
    }

    private PageHeader Header()
    {
        for (var size = UsualHeader; ; size = Math.Min(16 * size, LargestHeader))
        {
            var count = (int)Math.Min(size, chunk.End - _position);
            if (count <= 0)
            {
                throw new ParquetFaultException($"the column ends before its {chunk.Values} values");
            }

            PageBuffer.Fit(ref _window, count);
            file.Read(_position, _window.AsSpan(0, count));
            try
            {
                var header = PageHeader.Read(_window.AsSpan(0, count), out var length);
                _position += length;
                return header;
            }
            catch (ShortDataException) when (count == size && size < LargestHeader)
            {
                // The header holds statistics with long values: look at more of it.
            }
        }
    }

    private DataPage Version1(PageHeader header)
    {
        Unpack(chunk.Codec, 0, header.StoredSize, header.Size);
        var at = 0;
        var repetitions = Levels(header.RepetitionEncoding, _repetitionBits, header, ref at);
        var definitions = Levels(header.DefinitionEncoding, _definitionBits, header, ref at);
        return new DataPage(header.Values, repetitions, definitions, header.Encoding, _unpacked, at, header.Size);
    }

    private NumberDecoder? Levels(int encoding, int bits, PageHeader header, ref int at)
    {
        if (bits == 0)
        {
            return null;
        }

        var start = at;
        switch (encoding)
        {
            case 3:
                var length = LittleEndian.Length(_unpacked, ref start, header.Size);
                at = start + length;
                return new HybridDecoder(_unpacked, start, at, bits);
            case 4:
                var bytes = (((long)header.Values * bits) + 7) / 8;
                at = bytes <= header.Size - start ? start + (int)bytes : throw new ShortDataException("a page");
                return new HighBitDecoder(_unpacked, start, at, bits);
            default:
                throw new ParquetFaultException($"levels have the encoding {encoding}, which is not supported");
        }
    }

    private DataPage Version2(PageHeader header)
    {
        var levels = (long)header.RepetitionBytes + header.DefinitionBytes;
        if (levels > header.StoredSize || levels > header.Size)
        {
            throw new ShortDataException("a page");
        }

        var (start, size) = ((int)levels, header.Size - (int)levels);
        Unpack(header.IsCompressed ? chunk.Codec : 0, start, header.StoredSize - start, size);
        return new DataPage(
            header.Values,
            _repetitionBits == 0 ? null : new HybridDecoder(_stored, 0, header.RepetitionBytes, _repetitionBits),
            _definitionBits == 0 ? null : new HybridDecoder(_stored, header.RepetitionBytes, start, _definitionBits),
            header.Encoding, _unpacked, 0, size);
    }

    private void ReadDictionary(PageHeader header)
    {
        if (Dictionary is not null || header.Encoding is not (0 or 2) || leaf.Type!.Physical == PhysicalType.Boolean)
        {
            throw new ParquetFaultException(Dictionary is not null ? "there are two dictionaries" : "the dictionary's encoding is not supported");
        }

        // A byte array takes four bytes at least, those of its length.
        if (header.Values > header.Size / (leaf.Type.Width > 0 ? leaf.Type.Width : 4))
        {
            throw new ParquetFaultException($"the dictionary is said to have {header.Values} values in {header.Size} bytes");
        }

        Unpack(chunk.Codec, 0, header.StoredSize, header.Size);
        var plain = new PlainDecoder(leaf.Type, _unpacked, 0, header.Size);
        var values = new ParquetValue[header.Values];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = plain.Next();
        }

        // The values refer to the buffer: the next page gets another.
        (Dictionary, _unpacked) = (values, []);
    }

    // A page of nulls alone has nothing to unpack, not even the codec's own frame.
    private void Unpack(int codec, int start, int count, int size)
    {
        if (size > 0)
        {
            PageCodec.Unpack(codec, _stored, start, count, size, ref _unpacked);
        }
    }
}
