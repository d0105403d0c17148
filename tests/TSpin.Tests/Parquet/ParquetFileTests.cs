using System.Text;
using System.Text.Json.Nodes;
using Apache.Arrow;
using Apache.Arrow.Types;
using Shouldly;
using TSpin.Parquet;
using TSpin.Randomness;
using Xunit;

namespace TSpin.Tests.Parquet;

public sealed class ParquetFileTests : IDisposable
{
    private static readonly TestColumn[] Rich =
    [
        TestColumn.Text("prompt"),
        TestColumn.ListOf("messages", TestColumn.Group("element", TestColumn.Text("content"), TestColumn.Text("role", optional: false))),
        TestColumn.ListOf("grid", TestColumn.ListOf("element", new TestColumn("element", 1, 2))),
        new("score", 1, 5),
        new("turns", 0, 1),
        new("ok", 1, 0),
        TestColumn.Group("meta", TestColumn.Group("inner", TestColumn.Text("note")), new TestColumn("weight", 1, 4)),
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 0, false)]
    [InlineData(2, 0, false)]
    [InlineData(1, 1, true)]
    [InlineData(2, 1, true)]
    [InlineData(1, 2, true)]
    [InlineData(2, 4, false)]
    [InlineData(1, 6, true)]
    public void Nested_rows_with_nulls_and_empty_lists_come_back(int version, int codec, bool dictionary)
    {
        foreach (var (page, group) in new[] { (int.MaxValue, int.MaxValue), (7, 13), (1, 5) })
        {
            var rows = RandomRows(60, (ulong)(version + codec));
            var bytes = new TestParquet(Rich) { PageVersion = version, Codec = codec, UseDictionary = dictionary, UseCrc = version == 2, EntriesPerPage = page, RowsPerGroup = group }.Write(rows);
            ShouldBe(Read(bytes), rows);
        }
    }

    [Fact]
    public void The_columns_are_described()
    {
        using var file = ParquetFile.Open(Save(new TestParquet(Rich).Write(RandomRows(3, 1))));
        (file.Rows, file.RowGroups, file.CreatedBy).ShouldBe((3, 1, "tspin tests"));
        file.Columns.Select(column => $"{column.Name}: {column.Type}").ShouldBe(
        [
            "prompt: text", "messages: list<struct<content: text, role: text>>", "grid: list<list<int64>>", "score: double", "turns: int32", "ok: boolean",
            "meta: struct<inner: struct<note: text>, weight: float>",
        ]);
    }

    [Fact]
    public void Lists_in_their_older_forms_and_maps_come_back()
    {
        TestColumn[] columns =
        [
            new("bare", 2, 1),
            new("two", 1, -1, new TestColumn("element", 2, 1)) { Converted = 3 },
            new("named", 1, -1, new TestColumn("array", 2, -1, TestColumn.Text("x"))) { Converted = 3 },
            new("tags", 1, -1, new TestColumn("key_value", 2, -1, TestColumn.Text("key", optional: false), new TestColumn("value", 1, 2))) { Converted = 1 },
        ];
        string[] rows =
        [
            """{"bare": [1, 2], "two": [3], "named": [{"x": "a"}, {"x": null}], "tags": [["k", 1], ["l", null]]}""",
            """{"bare": [], "two": [], "named": [], "tags": []}""",
            """{"bare": [5], "two": null, "named": null, "tags": null}""",
        ];
        ShouldBe(Read(new TestParquet(columns).Write(rows)), rows);
    }

    [Fact]
    public void Values_have_the_meaning_that_the_schema_gives_them()
    {
        TestColumn[] columns =
        [
            new("day", 0, 1) { Converted = 6 },
            new("at", 0, 2) { Converted = 10 },
            new("local", 0, 2) { Logical = type => type.Struct(8, stamp => stamp.Flag(1, false).Struct(2, unit => unit.Struct(3, _ => { }))) },
            new("clock", 0, 1) { Converted = 7 },
            new("price", 0, 2) { Converted = 5, Scale = 2, Precision = 18 },
            new("small", 0, 7) { Converted = 5, Scale = 3, Precision = 4, Width = 2 },
            new("large", 0, 2) { Converted = 14 },
            new("unsigned", 0, 1) { Logical = type => type.Struct(10, number => number.Byte(1, 32).Flag(2, false)) },
            new("id", 0, 7) { Width = 16, Logical = type => type.Struct(14, _ => { }) },
            new("half", 0, 7) { Width = 2, Logical = type => type.Struct(15, _ => { }) },
            new("old", 0, 3),
            new("plain", 0, 6),
            new("raw", 0, 6),
        ];
        const string Row = """
            {"day": -1, "at": -1, "local": 1700000000000000001, "clock": 3723004, "price": -5, "small": "0x04D2", "large": -1, "unsigned": -1,
             "id": "0x00112233445566778899AABBCCDDEEFF", "half": "0x003E", "old": "0x01000000000000008C3D2500", "plain": "caf\u00e9", "raw": "0xFF00"}
            """;
        ShouldBe(Read(new TestParquet(columns).Write([Row])), [
            """
            {"day": "1969-12-31", "at": "1969-12-31T23:59:59.999999Z", "local": "2023-11-14T22:13:20.000000001", "clock": "01:02:03.004", "price": "-0.05", "small": "1.234",
             "large": 18446744073709551615, "unsigned": 4294967295, "id": "00112233-4455-6677-8899-aabbccddeeff", "half": 1.5, "old": "1970-01-01T00:00:00.000000001",
             "plain": "caf\u00e9", "raw": {"base64": "/wA="}}
            """]);
    }

    [Fact]
    public void Numbers_that_are_not_finite_are_written_by_name()
    {
        var bytes = new TestParquet(new TestColumn("x", 0, 5)).Write(["""{"x": 1.25}"""]);
        var at = bytes.AsSpan().IndexOf(BitConverter.GetBytes(1.25));
        BitConverter.GetBytes(double.NaN).CopyTo(bytes, at);
        Read(bytes)[0].ShouldBe("""{"x":"NaN"}""");
    }

    [Fact]
    public void Text_that_is_no_utf8_is_a_fault_of_its_row()
    {
        var path = Save(new TestParquet(TestColumn.Text("x")).Write(["""{"x": "a"}""", """{"x": "0xE9"}""", """{"x": "b"}"""]));
        using var file = ParquetFile.Open(path);
        file.Read().Select(row => row.Fault).ShouldBe([null, "\"x\" is not valid UTF-8; correct it, or remove the record", null]);
    }

    [Fact]
    public void What_is_not_supported_is_refused_by_name()
    {
        string[] row = ["""{"x": "a"}"""];
        var text = TestColumn.Text("x");
        Fault(new TestParquet(text) { StatedCodec = 3 }.Write(row)).ShouldContain("LZO");
        Fault(new TestParquet(text, text).Write(row)).ShouldContain("two columns named \"x\"");
        var encrypted = new TestParquet(text).Write(row);
        "PARE"u8.CopyTo(encrypted.AsSpan(encrypted.Length - 4));
        Fault(encrypted).ShouldEndWith("the file is encrypted, which is not supported; write it without encryption");
    }

    [Fact]
    public void A_column_of_a_type_without_text_does_not_refuse_the_file()
    {
        // An interval (months, days, milliseconds), unused: what is there besides is read.
        var interval = new TestColumn("span", 1, 7) { Width = 12, Converted = 21 };
        ShouldBe(
            [.. Read(new TestParquet(interval, TestColumn.Text("prompt"), TestColumn.Text("response")).Write(["""{"span": "0xFF0000000000000000000000", "prompt": "p", "response": "r"}"""]))
                .Select(row => JsonNode.Parse(row)!.AsObject()).Select(row => new JsonObject { ["prompt"] = row["prompt"]!.DeepClone(), ["response"] = row["response"]!.DeepClone() }.ToJsonString())],
            ["""{"prompt": "p", "response": "r"}"""]);
    }

    [Fact]
    public void A_column_of_nulls_alone_is_null()
    {
        // What pyarrow writes for a column without any value: the logical type UNKNOWN.
        TestColumn[] columns = [new("nothing", 1, 1) { Logical = type => type.Struct(11, _ => { }) }, TestColumn.Text("prompt")];
        ShouldBe(Read(new TestParquet(columns).Write(["""{"nothing": null, "prompt": "p"}"""])), ["""{"nothing": null, "prompt": "p"}"""]);
    }

    [Fact]
    public void A_column_that_is_not_read_is_said()
    {
        var schema = new Schema([new Field("prompt", StringType.Default, true), new Field("span", DurationType.Microsecond, true), new Field("pair", new StructType([new Field("n", Int32Type.Default, true)]), true)], null);
        var pair = new StructArray((StructType)schema.GetFieldByName("pair").DataType, 1, [new Int32Array.Builder().Append(7).Build()], ArrowBuffer.Empty);
        using (var writer = new ParquetSharp.Arrow.FileWriter(_folder["a.parquet"], schema, arrowProperties: Stored()))
        {
            writer.WriteRecordBatch(new RecordBatch(schema, [new StringArray.Builder().Append("p").Build(), new DurationArray.Builder(DurationType.Microsecond).Append(5).Build(), pair], 1));
            writer.Close();
        }

        using var file = ParquetFile.Open(_folder["a.parquet"]);
        file.NotRead.ShouldBe("column \"span\" is not read, as its type is duration");
        file.Columns.Select(column => column.Name).ShouldBe(["prompt", "pair"]);
        file.Read().Select(row => Encoding.UTF8.GetString(row.Json.Span)).ShouldBe(["""{"prompt":"p","pair":{"n":7}}"""]);

        static ParquetSharp.Arrow.ArrowWriterProperties Stored()
        {
            using var builder = new ParquetSharp.Arrow.ArrowWriterPropertiesBuilder();
            return builder.StoreSchema().Build();
        }
    }

    [Fact]
    public void Damage_is_named()
    {
        var good = new TestParquet(TestColumn.Text("x")) { UseCrc = true }.Write(["""{"x": "abcdefgh"}"""]);
        Fault(good[..^9]).ShouldEndWith("does not end with PAR1: the file is cut off, or still being written; download or write it again");
        Fault("PAR1"u8.ToArray()).ShouldEndWith("4 bytes are no Parquet file; download or write it again");
        Fault(Encoding.UTF8.GetBytes("{\"a\": \"this is JSON\"}")).ShouldContain("is no Parquet file: it does not begin with PAR1");
        var long_ = good.ToArray();
        BitConverter.GetBytes(good.Length).CopyTo(long_, good.Length - 8);
        Fault(long_).ShouldContain("the footer is said to have");
        var wrong = good.ToArray();
        wrong[good.AsSpan().IndexOf("abcdefgh"u8)]++;
        Fault(wrong).ShouldContain("CRC");
        Should.Throw<TSpinException>(() => ParquetFile.Open(_folder["none.parquet"])).Message.ShouldEndWith("none.parquet: no such file; check the path");
    }

    [Fact]
    public void A_row_group_is_read_page_by_page()
    {
        // 48 MB in one row group: what is allocated must stay near the size of a page, and far below the file's.
        var text = new string('x', 12_000);
        var rows = Enumerable.Range(0, 4000).Select(i => $$"""{"prompt": "{{text}}{{i}}", "id": {{i}}}""").ToArray();
        var path = Save(new TestParquet(TestColumn.Text("prompt"), new TestColumn("id", 0, 2)) { EntriesPerPage = 80 }.Write(rows));
        new FileInfo(path).Length.ShouldBeGreaterThan(48_000_000);
        using var file = ParquetFile.Open(path);
        var (before, resident) = (GC.GetAllocatedBytesForCurrentThread(), Resident());
        file.Read().Count(row => row.Json.Length > 12_000).ShouldBe(4000);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(16_000_000);
        (Resident() - resident).ShouldBeLessThan(150_000_000);
    }

    [Theory]
    [InlineData(1, 0, false)]
    [InlineData(2, 1, true)]
    [InlineData(1, 2, true)]
    [InlineData(2, 4, true)]
    public void Mutated_files_never_crash_nor_hang_nor_allocate_much(int version, int codec, bool dictionary)
    {
        var good = new TestParquet(Rich) { PageVersion = version, Codec = codec, UseDictionary = dictionary, EntriesPerPage = 20 }.Write(RandomRows(30, 5));
        var random = RandomStream.For(7, "mutations", version, codec);
        var (faults, resident) = (0, Resident());
        for (var i = 0; i < 1500; i++)
        {
            var bytes = good.ToArray();
            // The footer decides over sizes and places: it gets half of the damage.
            var from = i % 2 == 0 ? 0 : Math.Max(0, bytes.Length - 8 - BitConverter.ToInt32(bytes, bytes.Length - 8));
            for (var changes = 1 + random.NextInt(4); changes > 0; changes--)
            {
                bytes[from + random.NextInt(bytes.Length - from)] = (byte)random.NextInt(256);
            }

            var path = Save(bytes);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var file = ParquetFile.Open(path);
                _ = file.Columns;
                file.Read().Take(100_000).Count().ShouldBeGreaterThanOrEqualTo(0);
            }
            catch (TSpinException)
            {
                faults++;
            }

            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(40_000_000, $"mutation {i}");
        }

        // The library's own memory is not the collector's.
        (Resident() - resident).ShouldBeLessThan(400_000_000);
        faults.ShouldBeGreaterThan(300);
    }

    [Theory]
    [InlineData("by-datasets")]
    [InlineData("snappy-pages-v1")]
    [InlineData("snappy-pages-v2")]
    [InlineData("gzip-pages-v1")]
    [InlineData("gzip-pages-v2")]
    [InlineData("zstd-pages-v1")]
    [InlineData("zstd-pages-v2")]
    [InlineData("none-pages-v1")]
    [InlineData("none-pages-v2")]
    [InlineData("brotli-unsupported")]
    [InlineData("lz4-unsupported")]
    [InlineData("delta")]
    [InlineData("no-dictionary")]
    [InlineData("large-string")]
    [InlineData("empty", "none")]
    [InlineData("truncated", "error")]
    [InlineData("footer-too-long", "error")]
    public void Files_of_pyarrow_hold_the_recorded_rows(string name, string? rows = null)
    {
        var folder = SharedFolder.Require("reference", "formats", "parquet");
        var report = TSpin.Checks.ParquetCheck.Run(Path.Combine(folder, $"{name}.parquet"), rows ?? Path.Combine(folder, "rows.jsonl"));
        report.Passed.ShouldBeTrue(report.ToText());
        report.Comparisons.ShouldBe(rows is null ? 701 : 1);
    }

    private static long Resident() => System.Diagnostics.Process.GetCurrentProcess().WorkingSet64;

    private static string[] RandomRows(int count, ulong seed)
    {
        var random = RandomStream.For(seed, "rows");
        return [.. Enumerable.Range(0, count).Select(i => new JsonObject
        {
            ["prompt"] = Text(),
            ["messages"] = Maybe(() => new JsonArray([.. Enumerable.Range(0, random.NextInt(4)).Select(_ => Maybe(() => new JsonObject { ["content"] = Text(), ["role"] = "user" }))])),
            ["grid"] = Maybe(() => new JsonArray([.. Enumerable.Range(0, random.NextInt(3)).Select(_ => Maybe(() => new JsonArray([.. Enumerable.Range(0, random.NextInt(3)).Select(_ => Maybe(() => JsonValue.Create((long)random.NextBits())))])))])),
            ["score"] = Maybe(() => JsonValue.Create(random.NextNormal())),
            ["turns"] = i,
            ["ok"] = Maybe(() => JsonValue.Create(random.NextInt(2) == 0)),
            ["meta"] = Maybe(() => new JsonObject { ["inner"] = Maybe(() => new JsonObject { ["note"] = Text() }), ["weight"] = Maybe(() => JsonValue.Create(random.NextInt(100) / 4.0)) }),
        }.ToJsonString())];

        JsonNode? Maybe(Func<JsonNode> make) => random.NextInt(5) == 0 ? null : make();

        JsonNode? Text() => Maybe(() => JsonValue.Create(string.Concat(Enumerable.Repeat("né漢\"\\\n", random.NextInt(6)))));
    }

    private static void ShouldBe(string[] actual, string[] expected)
    {
        actual.Length.ShouldBe(expected.Length);
        for (var i = 0; i < actual.Length; i++)
        {
            JsonNode.DeepEquals(JsonNode.Parse(actual[i]), JsonNode.Parse(expected[i])).ShouldBeTrue($"row {i}: {actual[i]} for {expected[i]}");
        }
    }

    private string[] Read(byte[] bytes)
    {
        using var file = ParquetFile.Open(Save(bytes));
        return [.. file.Read().Select(row => Encoding.UTF8.GetString(row.Json.Span))];
    }

    private string Fault(byte[] bytes) => Should.Throw<TSpinException>(() => Read(bytes)).Message;

    private string Save(byte[] bytes)
    {
        File.WriteAllBytes(_folder["t.parquet"], bytes);
        return _folder["t.parquet"];
    }
}
