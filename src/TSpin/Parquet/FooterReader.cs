namespace TSpin.Parquet;

/// <summary>
/// Reads a footer (FileMetaData of https://github.com/apache/parquet-format, src/main/thrift/parquet.thrift) and checks that what it says
/// can be true of a file of this length.
/// </summary>
internal static class FooterReader
{
    private const string What = "the footer";

    /// <summary>Reads a footer.</summary>
    /// <param name="bytes">The footer, without its length and magic number.</param>
    /// <param name="dataEnd">Where the footer starts in the file: no column reaches beyond.</param>
    /// <returns>The footer.</returns>
    /// <exception cref="ParquetFaultException">It is damaged, or uses what is not supported.</exception>
    public static Footer Read(ReadOnlySpan<byte> bytes, long dataEnd)
    {
        var thrift = new ThriftReader(bytes, What);
        SchemaNode? root = null;
        var rows = -1L;
        List<RowGroup>? groups = null;
        var createdBy = "";
        for (var id = 0; thrift.NextField(ref id) is var type and not ThriftType.Stop;)
        {
            switch (id)
            {
                case 2:
                    root = SchemaTree.Build(Schema(ref thrift, type));
                    break;
                case 3:
                    rows = thrift.LongSize(type, "number of rows");
                    break;
                case 4:
                    groups = Groups(ref thrift, type, root?.Leaves ?? throw new ParquetFaultException("the footer has row groups before a schema"), dataEnd);
                    break;
                case 6:
                    createdBy = thrift.Text(type);
                    break;
                case 8:
                    throw new ParquetFaultException("the file is encrypted, which is not supported; write it without encryption");
                default:
                    thrift.Skip(type);
                    break;
            }
        }

        if (root is null || rows < 0 || groups is null)
        {
            throw new ParquetFaultException($"the footer lacks its {(root is null ? "schema" : rows < 0 ? "number of rows" : "row groups")}");
        }

        var stored = groups.Aggregate(0UL, (sum, group) => unchecked(sum + (ulong)group.Rows));
        return stored == (ulong)rows
            ? new Footer(root, rows, groups, createdBy)
            : throw new ParquetFaultException($"the footer speaks of {rows} rows, its row groups of {stored}");
    }

    private static List<SchemaElement> Schema(ref ThriftReader thrift, ThriftType type)
    {
        var elements = new List<SchemaElement>();
        for (var left = thrift.List(type, ThriftType.Struct); left > 0; left--)
        {
            elements.Add(Element(ref thrift));
        }

        return elements;
    }

    private static SchemaElement Element(ref ThriftReader thrift)
    {
        int? stored = null;
        var (width, repetition, children, scale, isUtc) = (0, 0, 0, 0, true);
        string? name = null;
        var (converted, logical) = (ValueMeaning.Plain, ValueMeaning.Plain);
        for (var id = 0; thrift.NextField(ref id) is var type and not ThriftType.Stop;)
        {
            switch (id)
            {
                case 1:
                    stored = thrift.Int32(type);
                    break;
                case 2:
                    width = thrift.Int32(type);
                    break;
                case 3:
                    repetition = thrift.Int32(type);
                    break;
                case 4:
                    name = thrift.Text(type);
                    break;
                case 5:
                    children = thrift.Int32(type);
                    break;
                case 6:
                    converted = Converted(thrift.Int32(type));
                    break;
                case 7:
                    scale = thrift.Int32(type);
                    break;
                case 10:
                    thrift.Struct(type);
                    logical = Logical(ref thrift, ref scale, ref isUtc);
                    break;
                default:
                    thrift.Skip(type);
                    break;
            }
        }

        if (name is null || stored is < 0 or > 7 || repetition is < 0 or > 2)
        {
            throw new ParquetFaultException(name is null ? "the schema has a column without a name" : $"the schema has an unknown type or repetition for column \"{name}\"");
        }

        // The newer annotation says more; the older one stands beside it for older readers.
        return new SchemaElement(name, (PhysicalType?)stored, width, repetition, children, logical != ValueMeaning.Plain ? logical : converted, scale, isUtc);
    }

    private static ValueMeaning Converted(int type) => type switch
    {
        0 or 4 or 19 => ValueMeaning.Text,
        1 or 2 => ValueMeaning.Map,
        3 => ValueMeaning.List,
        5 => ValueMeaning.Decimal,
        6 => ValueMeaning.Date,
        7 => ValueMeaning.TimeMillis,
        8 => ValueMeaning.TimeMicros,
        9 => ValueMeaning.TimestampMillis,
        10 => ValueMeaning.TimestampMicros,
        >= 11 and <= 14 => ValueMeaning.Unsigned,
        >= 15 and <= 18 or 20 => ValueMeaning.Plain,
        21 => ValueMeaning.Interval,
        _ => ValueMeaning.Unknown,
    };

    // A union: a struct with one field, which says by its number what is meant and may hold details.
    private static ValueMeaning Logical(ref ThriftReader thrift, ref int scale, ref bool isUtc)
    {
        var meaning = ValueMeaning.Unknown;
        for (var id = 0; thrift.NextField(ref id) is var type and not ThriftType.Stop;)
        {
            thrift.Struct(type);
            var (unit, isSigned) = (0, true);
            for (var part = 0; thrift.NextField(ref part) is var partType and not ThriftType.Stop;)
            {
                switch ((id, part))
                {
                    case (5, 1):
                        scale = thrift.Int32(partType);
                        break;
                    case (7 or 8, 1):
                        isUtc = thrift.Flag(partType);
                        break;
                    case (7 or 8, 2):
                        thrift.Struct(partType);
                        for (var choice = 0; thrift.NextField(ref choice) is var choiceType and not ThriftType.Stop;)
                        {
                            unit = choice;
                            thrift.Skip(choiceType);
                        }

                        break;
                    case (10, 2):
                        isSigned = thrift.Flag(partType);
                        break;
                    default:
                        thrift.Skip(partType);
                        break;
                }
            }

            meaning = (id, unit) switch
            {
                (1 or 4 or 12, _) => ValueMeaning.Text,
                (2, _) => ValueMeaning.Map,
                (3, _) => ValueMeaning.List,
                (5, _) => ValueMeaning.Decimal,
                (6, _) => ValueMeaning.Date,
                (7, 1) => ValueMeaning.TimeMillis,
                (7, 2) => ValueMeaning.TimeMicros,
                (7, 3) => ValueMeaning.TimeNanos,
                (8, 1) => ValueMeaning.TimestampMillis,
                (8, 2) => ValueMeaning.TimestampMicros,
                (8, 3) => ValueMeaning.TimestampNanos,
                (10, _) => isSigned ? ValueMeaning.Plain : ValueMeaning.Unsigned,
                (11 or 13, _) => ValueMeaning.Plain,
                (14, _) => ValueMeaning.Uuid,
                (15, _) => ValueMeaning.Float16,
                _ => ValueMeaning.Unknown,
            };
        }

        return meaning;
    }

    private static List<RowGroup> Groups(ref ThriftReader thrift, ThriftType type, IReadOnlyList<SchemaNode> leaves, long dataEnd)
    {
        var groups = new List<RowGroup>();
        for (var left = thrift.List(type, ThriftType.Struct); left > 0; left--)
        {
            var rows = -1L;
            ColumnChunk[]? chunks = null;
            for (var id = 0; thrift.NextField(ref id) is var field and not ThriftType.Stop;)
            {
                switch (id)
                {
                    case 1:
                        chunks = Chunks(ref thrift, field, leaves, dataEnd);
                        break;
                    case 3:
                        rows = thrift.LongSize(field, "number of rows in a row group");
                        break;
                    default:
                        thrift.Skip(field);
                        break;
                }
            }

            groups.Add(rows >= 0 && chunks is not null ? new RowGroup(rows, chunks) : throw new ParquetFaultException($"row group {groups.Count} lacks its columns or its number of rows"));
        }

        return groups;
    }

    private static ColumnChunk[] Chunks(ref ThriftReader thrift, ThriftType type, IReadOnlyList<SchemaNode> leaves, long dataEnd)
    {
        var count = thrift.List(type, ThriftType.Struct);
        if (count != leaves.Count)
        {
            throw new ParquetFaultException($"a row group has {count} columns where the schema has {leaves.Count}");
        }

        var chunks = new ColumnChunk[count];
        for (var i = 0; i < count; i++)
        {
            chunks[i] = Chunk(ref thrift, leaves[i], dataEnd);
        }

        return chunks;
    }

    private static ColumnChunk Chunk(ref ThriftReader thrift, SchemaNode leaf, long dataEnd)
    {
        ColumnChunk? chunk = null;
        for (var id = 0; thrift.NextField(ref id) is var field and not ThriftType.Stop;)
        {
            switch (id)
            {
                case 1:
                    throw new ParquetFaultException($"column \"{leaf.Path}\" is stored in another file ({thrift.Text(field)}), which is not supported");
                case 3:
                    thrift.Struct(field);
                    chunk = Details(ref thrift, leaf, dataEnd);
                    break;
                case 8 or 9:
                    throw new ParquetFaultException($"column \"{leaf.Path}\" is encrypted, which is not supported; write the file without encryption");
                default:
                    thrift.Skip(field);
                    break;
            }
        }

        return chunk ?? throw new ParquetFaultException($"column \"{leaf.Path}\" has no description in a row group");
    }

    private static ColumnChunk Details(ref ThriftReader thrift, SchemaNode leaf, long dataEnd)
    {
        var (stored, codec, values, size, data, dictionary) = (-1, -1, -1L, -1L, -1L, 0L);
        for (var id = 0; thrift.NextField(ref id) is var field and not ThriftType.Stop;)
        {
            switch (id)
            {
                case 1:
                    stored = thrift.Int32(field);
                    break;
                case 4:
                    codec = thrift.Int32(field);
                    break;
                case 5:
                    values = thrift.LongSize(field, "number of values");
                    break;
                case 7:
                    size = thrift.LongSize(field, "size of a column");
                    break;
                case 9:
                    data = thrift.LongSize(field, "offset");
                    break;
                case 11:
                    dictionary = thrift.LongSize(field, "offset");
                    break;
                default:
                    thrift.Skip(field);
                    break;
            }
        }

        // Some writers put 0 where there is no dictionary.
        var start = dictionary > 0 && dictionary < data ? dictionary : data;
        if (stored != (int)leaf.Type!.Physical)
        {
            throw new ParquetFaultException($"column \"{leaf.Path}\" is {leaf.Type.Physical} in the schema and of type {stored} in a row group");
        }

        if (values == 0)
        {
            // A row group without rows; writers put no page there, and 0 for its place.
            return new ColumnChunk(leaf.Type.Physical, codec, 0, 0, 0);
        }

        return values > 0 && size >= 0 && start >= 4 && start <= dataEnd && size <= dataEnd - start
            ? new ColumnChunk(leaf.Type.Physical, codec, values, start, start + size)
            : throw new ParquetFaultException($"column \"{leaf.Path}\" is said to lie at bytes {start} to {start}+{size}, outside the data (4 to {dataEnd})");
    }
}
