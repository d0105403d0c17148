using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;

namespace TSpin.Tests.Parquet;

/// <summary>
/// A small Parquet writer, written from the format's specification apart from the reader: it shreds JSON rows into columns with levels and
/// stores them as plain or dictionary pages of either version.
/// </summary>
internal sealed class TestParquet(params TestColumn[] columns)
{
    public int PageVersion { get; init; } = 1;

    public int Codec { get; init; }

    public bool UseDictionary { get; init; }

    public bool UseCrc { get; init; }

    public int EntriesPerPage { get; init; } = int.MaxValue;

    public int RowsPerGroup { get; init; } = int.MaxValue;

    /// <summary>Changes what the footer says of every column's codec, to lie about it.</summary>
    public int? StatedCodec { get; init; }

    public byte[] Write(IEnumerable<string> rows) => Write(rows.Select(row => JsonNode.Parse(row)).ToArray());

    public byte[] Write(JsonNode?[] rows)
    {
        var file = new MemoryStream();
        file.Write("PAR1"u8);
        var root = new TestColumn("schema", 0, -1, columns);
        var groups = new List<(int Rows, List<Chunk> Chunks)>();
        foreach (var part in rows.Chunk(Math.Min(RowsPerGroup, Math.Max(rows.Length, 1))))
        {
            groups.Add((part.Length, [.. Shred(part).Select(column => WriteColumn(file, column))]));
        }

        var elements = Flatten(root).ToArray();
        var footer = new ThriftWriter();
        footer.Element(meta =>
        {
            meta.Int(1, 1);
            meta.List(2, elements.Length, 12, i => meta.Element(element => WriteElement(element, elements[i])));
            meta.Int(3, rows.Length, 6);
            meta.List(4, groups.Count, 12, i => meta.Element(group =>
            {
                group.List(1, groups[i].Chunks.Count, 12, c => group.Element(chunk =>
                {
                    chunk.Int(2, 4, 6);
                    chunk.Struct(3, details => WriteDetails(details, groups[i].Chunks[c]));
                }));
                group.Int(2, 0, 6);
                group.Int(3, groups[i].Rows, 6);
            }));
            meta.Text(6, "tspin tests");
        });
        var bytes = footer.ToArray();
        file.Write(bytes);
        Span<byte> size = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(size, bytes.Length);
        file.Write(size);
        file.Write("PAR1"u8);
        return file.ToArray();
    }

    /// <summary>Packs bytes by a codec of the format.</summary>
    public static byte[] Pack(int codec, byte[] bytes)
    {
        var packed = new MemoryStream();
        switch (codec)
        {
            case 1:
                // Snappy: the length, then literals.
                packed.Write(Varint((ulong)bytes.Length));
                foreach (var part in bytes.Chunk(60))
                {
                    packed.WriteByte((byte)((part.Length - 1) << 2));
                    packed.Write(part);
                }

                return packed.ToArray();
            case 2:
                using (var stream = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
                {
                    stream.Write(bytes);
                }

                return packed.ToArray();
            case 4:
                using (var stream = new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true))
                {
                    stream.Write(bytes);
                }

                return packed.ToArray();
            case 6:
                return Zstd(bytes);
            default:
                return bytes;
        }
    }

    /// <summary>A Zstandard frame of raw blocks.</summary>
    public static byte[] Zstd(byte[] bytes)
    {
        var frame = new List<byte> { 0x28, 0xB5, 0x2F, 0xFD, 0xA0 };
        frame.AddRange(BitConverter.GetBytes(bytes.Length));
        var blocks = bytes.Length == 0 ? [[]] : bytes.Chunk(100_000).ToArray();
        for (var i = 0; i < blocks.Length; i++)
        {
            var head = (blocks[i].Length << 3) | (i == blocks.Length - 1 ? 1 : 0);
            frame.AddRange([(byte)head, (byte)(head >> 8), (byte)(head >> 16)]);
            frame.AddRange(blocks[i]);
        }

        return [.. frame];
    }

    private void WriteDetails(ThriftWriter details, Chunk chunk)
    {
        details.Int(1, chunk.Column.Leaf.Type);
        details.List(2, 1, 5, _ => details.Number(0));
        details.List(3, 1, 8, _ => details.Number(0));
        details.Int(4, StatedCodec ?? Codec);
        details.Int(5, chunk.Column.Entries.Count, 6);
        details.Int(6, chunk.Size, 6);
        details.Int(7, chunk.Size, 6);
        details.Int(9, chunk.DataStart, 6);
        if (chunk.DictionaryStart > 0)
        {
            details.Int(11, chunk.DictionaryStart, 6);
        }
    }

    private static void WriteElement(ThriftWriter element, TestColumn column)
    {
        if (column.IsLeaf)
        {
            element.Int(1, column.Type);
        }

        if (column.Width > 0)
        {
            element.Int(2, column.Width);
        }

        element.Int(3, column.Repetition).Text(4, column.Name);
        if (!column.IsLeaf)
        {
            element.Int(5, column.Fields.Length);
        }

        if (column.Converted is { } converted)
        {
            element.Int(6, converted);
        }

        if (column.Scale > 0)
        {
            element.Int(7, column.Scale);
        }

        if (column.Precision > 0)
        {
            element.Int(8, column.Precision);
        }

        if (column.Logical is { } logical)
        {
            element.Struct(10, logical);
        }
    }

    private Chunk WriteColumn(MemoryStream file, Column column)
    {
        var start = file.Position;
        long dictionaryStart = 0;
        var values = column.Entries.Where(entry => entry.Definition == column.MaxDefinition).Select(entry => entry.Value!).ToArray();
        var dictionary = new Dictionary<string, int>(StringComparer.Ordinal);
        var hasDictionary = UseDictionary && column.Leaf.Type != 0;
        if (hasDictionary)
        {
            var plain = new MemoryStream();
            foreach (var value in values)
            {
                if (dictionary.TryAdd(value.ToJsonString(), dictionary.Count))
                {
                    plain.Write(Plain(column.Leaf, value));
                }
            }

            dictionaryStart = start;
            WritePage(file, 2, plain.ToArray(), [], (header, _) => header.Struct(7, page => page.Int(1, dictionary.Count).Int(2, 2)));
        }

        var dataStart = file.Position;
        foreach (var page in column.Entries.Chunk(EntriesPerPage == int.MaxValue ? Math.Max(1, column.Entries.Count) : EntriesPerPage))
        {
            var stored = page.Where(entry => entry.Definition == column.MaxDefinition).Select(entry => entry.Value!).ToArray();
            var data = hasDictionary ? Indices([.. stored.Select(value => dictionary[value.ToJsonString()])]) : PlainAll(column.Leaf, stored);
            var repetitions = column.MaxRepetition == 0 ? [] : Hybrid([.. page.Select(entry => entry.Repetition)], Bits(column.MaxRepetition));
            var definitions = column.MaxDefinition == 0 ? [] : Hybrid([.. page.Select(entry => entry.Definition)], Bits(column.MaxDefinition));
            var encoding = hasDictionary ? (PageVersion == 1 ? 2 : 8) : 0;
            if (PageVersion == 1)
            {
                byte[] whole = [.. column.MaxRepetition == 0 ? [] : Sized(repetitions), .. column.MaxDefinition == 0 ? [] : Sized(definitions), .. data];
                WritePage(file, 0, whole, [], (header, _) => header.Struct(5, head => head.Int(1, page.Length).Int(2, encoding).Int(3, 3).Int(4, 3)));
            }
            else
            {
                WritePage(file, 3, data, [.. repetitions, .. definitions], (header, _) => header.Struct(8, head =>
                    head.Int(1, page.Length).Int(2, page.Length - stored.Length).Int(3, page.Count(entry => entry.Repetition == 0)).Int(4, encoding)
                        .Int(5, definitions.Length).Int(6, repetitions.Length)));
            }
        }

        return new Chunk(column, dictionaryStart, dataStart, file.Position - start);
    }

    private void WritePage(MemoryStream file, int type, byte[] data, byte[] levels, Action<ThriftWriter, int> describe)
    {
        byte[] stored = [.. levels, .. Pack(Codec, data)];
        var header = new ThriftWriter();
        header.Element(page =>
        {
            page.Int(1, type).Int(2, levels.Length + data.Length).Int(3, stored.Length);
            if (UseCrc)
            {
                page.Int(4, unchecked((int)Crc(stored)));
            }

            describe(page, 0);
        });
        file.Write(header.ToArray());
        file.Write(stored);
    }

    private static byte[] PlainAll(TestColumn leaf, JsonNode[] values)
    {
        if (leaf.Type != 0)
        {
            return [.. values.SelectMany(value => Plain(leaf, value))];
        }

        var bits = new byte[(values.Length + 7) / 8];
        for (var i = 0; i < values.Length; i++)
        {
            bits[i / 8] |= (byte)(values[i].GetValue<bool>() ? 1 << (i % 8) : 0);
        }

        return bits;
    }

    // Text that begins with 0x stands for bytes.
    private static byte[] Plain(TestColumn leaf, JsonNode value) => leaf.Type switch
    {
        1 => BitConverter.GetBytes(value.GetValue<int>()),
        2 => BitConverter.GetBytes(value.GetValue<long>()),
        4 => BitConverter.GetBytes((float)value.GetValue<double>()),
        5 => BitConverter.GetBytes(value.GetValue<double>()),
        6 => Sized(Bytes(value.GetValue<string>())),
        _ => Bytes(value.GetValue<string>()),
    };

    private static byte[] Bytes(string text) => text.StartsWith("0x", StringComparison.Ordinal) ? Convert.FromHexString(text[2..]) : Encoding.UTF8.GetBytes(text);

    private static byte[] Indices(int[] indices)
    {
        var width = Bits(indices.DefaultIfEmpty(0).Max());
        return [(byte)width, .. Hybrid(indices, width)];
    }

    private static byte[] Hybrid(int[] numbers, int width)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < numbers.Length;)
        {
            var run = 1;
            while (i + run < numbers.Length && numbers[i + run] == numbers[i])
            {
                run++;
            }

            if (run >= 8)
            {
                bytes.AddRange(Varint((ulong)run << 1));
                bytes.AddRange(BitConverter.GetBytes(numbers[i])[..((width + 7) / 8)]);
                i += run;
                continue;
            }

            bytes.Add(3);
            var packed = new byte[width];
            for (var k = 0; k < 8; k++)
            {
                var number = i + k < numbers.Length ? numbers[i + k] : 0;
                for (var bit = 0; bit < width; bit++)
                {
                    packed[((k * width) + bit) / 8] |= (byte)(((number >> bit) & 1) << (((k * width) + bit) % 8));
                }
            }

            bytes.AddRange(packed);
            i += 8;
        }

        return [.. bytes];
    }

    private static int Bits(int largest) => 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)largest);

    private static byte[] Sized(byte[] bytes) => [.. BitConverter.GetBytes(bytes.Length), .. bytes];

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 128; value >>= 7)
        {
            bytes.Add((byte)(value | 128));
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }

    private static uint Crc(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 1 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }
        }

        return ~crc;
    }

    private static IEnumerable<TestColumn> Flatten(TestColumn column) => column.Fields.SelectMany(Flatten).Prepend(column);

    private Column[] Shred(JsonNode?[] rows)
    {
        var leaves = columns.SelectMany(column => Columns(column, 0, 0)).ToArray();
        foreach (var row in rows)
        {
            var at = 0;
            foreach (var column in columns)
            {
                Shred(column, row![column.Name], 0, 0, 0, leaves, ref at);
            }
        }

        return leaves;
    }

    private static IEnumerable<Column> Columns(TestColumn column, int definition, int repetition)
    {
        definition += column.Repetition > 0 ? 1 : 0;
        repetition += column.Repetition == 2 ? 1 : 0;
        return column.IsLeaf ? [new Column(column, definition, repetition)] : column.Fields.SelectMany(field => Columns(field, definition, repetition));
    }

    // A repeated element takes a JSON list. The groups that encode a list (an annotated group with one repeated field) stand for it.
    private static void Shred(TestColumn column, JsonNode? value, int definition, int repetition, int depth, Column[] leaves, ref int at)
    {
        if (column.Repetition == 2)
        {
            var list = (JsonArray?)value;
            if (list is null || list.Count == 0)
            {
                Absent(column, definition, repetition, leaves, ref at);
                return;
            }

            var start = at;
            for (var i = 0; i < list.Count; i++)
            {
                at = start;
                Content(column, list[i], definition + 1, i == 0 ? repetition : depth + 1, depth + 1, leaves, ref at);
            }
        }
        else if (column.Repetition == 1 && value is null)
        {
            Absent(column, definition, repetition, leaves, ref at);
        }
        else
        {
            Content(column, value, definition + column.Repetition, repetition, depth, leaves, ref at);
        }
    }

    private static void Content(TestColumn column, JsonNode? value, int definition, int repetition, int depth, Column[] leaves, ref int at)
    {
        if (column.IsLeaf)
        {
            leaves[at++].Entries.Add((repetition, definition, value));
            return;
        }

        foreach (var field in column.Fields)
        {
            // The wrappers of lists and maps have no names in JSON.
            var inner = column.Converted is 3 or 1 ? value : column is { Name: "list", Repetition: 2 } ? value : column.Name == "key_value" ? value![field.Name == "key" ? 0 : 1] : value![field.Name];
            Shred(field, inner, definition, repetition, depth, leaves, ref at);
        }
    }

    private static void Absent(TestColumn column, int definition, int repetition, Column[] leaves, ref int at)
    {
        if (column.IsLeaf)
        {
            leaves[at++].Entries.Add((repetition, definition, null));
            return;
        }

        foreach (var field in column.Fields)
        {
            Absent(field, definition, repetition, leaves, ref at);
        }
    }

    private sealed record Column(TestColumn Leaf, int MaxDefinition, int MaxRepetition)
    {
        public List<(int Repetition, int Definition, JsonNode? Value)> Entries { get; } = [];
    }

    private sealed record Chunk(Column Column, long DictionaryStart, long DataStart, long Size);
}
