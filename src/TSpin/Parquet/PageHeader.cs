namespace TSpin.Parquet;

/// <summary>What stands before a page's bytes (PageHeader of parquet.thrift).</summary>
/// <param name="Type">0 data (version 1), 1 index, 2 dictionary, 3 data (version 2).</param>
/// <param name="Size">Bytes of the page when it is unpacked.</param>
/// <param name="StoredSize">Bytes of the page in the file.</param>
/// <param name="Crc">CRC-32 of the bytes in the file, or null.</param>
/// <param name="Values">Entries, nulls among them.</param>
/// <param name="Encoding">How values are encoded, by the format's number.</param>
/// <param name="DefinitionEncoding">Version 1: how definition levels are.</param>
/// <param name="RepetitionEncoding">Version 1: how repetition levels are.</param>
/// <param name="DefinitionBytes">Version 2: bytes of definition levels, never compressed.</param>
/// <param name="RepetitionBytes">Version 2: bytes of repetition levels, before them.</param>
/// <param name="IsCompressed">Version 2: whether the values are compressed.</param>
internal sealed record PageHeader(
    int Type, int Size, int StoredSize, uint? Crc, int Values, int Encoding, int DefinitionEncoding, int RepetitionEncoding, int DefinitionBytes, int RepetitionBytes, bool IsCompressed)
{
    /// <summary>Version 1 of data pages.</summary>
    public const int DataV1 = 0;

    /// <summary>The dictionary, before the data pages.</summary>
    public const int Dictionary = 2;

    /// <summary>Version 2 of data pages.</summary>
    public const int DataV2 = 3;

    /// <summary>Largest page, in bytes, stored or unpacked. Writers aim at 1 MiB.</summary>
    public const int LargestPage = 1 << 28;

    private const string What = "a page header";

    /// <summary>Reads a header.</summary>
    /// <param name="bytes">The bytes from its start.</param>
    /// <param name="length">How many of them it takes.</param>
    /// <returns>The header.</returns>
    /// <exception cref="ShortDataException">It does not end within the bytes.</exception>
    /// <exception cref="ParquetFaultException">It is damaged.</exception>
    public static PageHeader Read(ReadOnlySpan<byte> bytes, out int length)
    {
        var thrift = new ThriftReader(bytes, What);
        var header = new PageHeader(-1, -1, -1, null, -1, -1, -1, -1, 0, 0, true);
        for (var id = 0; thrift.NextField(ref id) is var type and not ThriftType.Stop;)
        {
            switch (id)
            {
                case 1:
                    header = header with { Type = thrift.Int32(type) };
                    break;
                case 2:
                    header = header with { Size = thrift.Size(type, "size") };
                    break;
                case 3:
                    header = header with { StoredSize = thrift.Size(type, "size") };
                    break;
                case 4:
                    header = header with { Crc = unchecked((uint)thrift.Int32(type)) };
                    break;
                case 5 or 7 or 8:
                    thrift.Struct(type);
                    header = Details(ref thrift, header, isV2: id == 8);
                    break;
                default:
                    thrift.Skip(type);
                    break;
            }
        }

        length = thrift.Position;
        if (header.Type < 0 || header.Size < 0 || header.StoredSize < 0 || (header.Type is DataV1 or Dictionary or DataV2 && header.Values < 0))
        {
            throw new ParquetFaultException($"{What} lacks its type, its sizes or its number of values");
        }

        return header.Size <= LargestPage && header.StoredSize <= LargestPage
            ? header
            : throw new ParquetFaultException($"a page is said to have {Math.Max(header.Size, header.StoredSize)} bytes, more than the {LargestPage} that are read");
    }

    private static PageHeader Details(ref ThriftReader thrift, PageHeader header, bool isV2)
    {
        for (var id = 0; thrift.NextField(ref id) is var type and not ThriftType.Stop;)
        {
            switch ((isV2, id))
            {
                case (_, 1):
                    header = header with { Values = thrift.Size(type, "number of values") };
                    break;
                case (false, 2) or (true, 4):
                    header = header with { Encoding = thrift.Int32(type) };
                    break;
                case (false, 3) when header.Type != Dictionary:
                    header = header with { DefinitionEncoding = thrift.Int32(type) };
                    break;
                case (false, 4):
                    header = header with { RepetitionEncoding = thrift.Int32(type) };
                    break;
                case (true, 5):
                    header = header with { DefinitionBytes = thrift.Size(type, "size of levels") };
                    break;
                case (true, 6):
                    header = header with { RepetitionBytes = thrift.Size(type, "size of levels") };
                    break;
                case (true, 7):
                    header = header with { IsCompressed = thrift.Flag(type) };
                    break;
                default:
                    thrift.Skip(type);
                    break;
            }
        }

        return header;
    }
}
