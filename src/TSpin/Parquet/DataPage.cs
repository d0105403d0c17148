namespace TSpin.Parquet;

/// <summary>One page of values, unpacked: levels and values can be read from it in step.</summary>
/// <param name="Values">Entries, nulls among them.</param>
/// <param name="Repetitions">Their repetition levels; null where all are 0.</param>
/// <param name="Definitions">Their definition levels; null where all are 0.</param>
/// <param name="Encoding">How values are encoded, by the format's number.</param>
/// <param name="Data">Holds the values.</param>
/// <param name="Start">Where they start.</param>
/// <param name="End">Where they end.</param>
internal sealed record DataPage(int Values, NumberDecoder? Repetitions, NumberDecoder? Definitions, int Encoding, byte[] Data, int Start, int End)
{
    /// <summary>Prepares to read the values that are not null.</summary>
    /// <param name="type">Their type.</param>
    /// <param name="dictionary">The column's dictionary, or null.</param>
    /// <returns>The decoder.</returns>
    /// <exception cref="ParquetFaultException">The encoding is not supported for the type, or the page is damaged.</exception>
    public ValueDecoder Decode(LeafType type, ParquetValue[]? dictionary)
    {
        var isBytes = type.Physical is PhysicalType.ByteArray or PhysicalType.FixedLenByteArray;
        switch (Encoding)
        {
            case 0:
                return new PlainDecoder(type, Data, Start, End);
            case 2 or 8:
                var at = Start;
                var width = (int)LittleEndian.Number(Data, ref at, End, 1);
                return width <= 32
                    ? new DictionaryDecoder(dictionary ?? throw new ParquetFaultException("a page refers to a dictionary that is not there"), new HybridDecoder(Data, at, End, width))
                    : throw new ParquetFaultException($"a page has dictionary indices of {width} bits");
            case 3 when type.Physical == PhysicalType.Boolean:
                var start = Start;
                var length = LittleEndian.Length(Data, ref start, End);
                return new RunBooleanDecoder(new HybridDecoder(Data, start, start + length, 1));
            case 5 when type.Physical is PhysicalType.Int32 or PhysicalType.Int64:
                return new DeltaDecoder(Data, Start, End, type.Physical == PhysicalType.Int32);
            case 6 when type.Physical == PhysicalType.ByteArray:
                return new DeltaLengthDecoder(Data, Start, End);
            case 7 when isBytes:
                return new DeltaBytesDecoder(type, Data, Start, End);
            case 9 when type.Width > 0 && type.Physical != PhysicalType.Int96:
                return new SplitDecoder(type, Data, Start, End);
            default:
                throw new ParquetFaultException($"values of type {type.Physical} are encoded as {Name(Encoding)}, which is not supported");
        }
    }

    private static string Name(int encoding) => encoding switch
    {
        3 => "RLE",
        4 => "BIT_PACKED",
        5 => "DELTA_BINARY_PACKED",
        6 => "DELTA_LENGTH_BYTE_ARRAY",
        7 => "DELTA_BYTE_ARRAY",
        9 => "BYTE_STREAM_SPLIT",
        _ => $"the unknown encoding {encoding}",
    };
}
