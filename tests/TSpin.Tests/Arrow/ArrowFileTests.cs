using System.Text;
using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Shouldly;
using TSpin.Arrow;
using TSpin.Data;
using TSpin.Randomness;
using Xunit;

namespace TSpin.Tests.Arrow;

/// <summary>Arrow files, and the folders that datasets' save_to_disk makes of them.</summary>
public sealed class ArrowFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, null)]
    [InlineData(true, CompressionCodecType.Zstd)]
    [InlineData(true, CompressionCodecType.Lz4Frame)]
    public void Rows_come_back_from_both_formats(bool isStream, CompressionCodecType? codec)
    {
        var path = Write("a.arrow", isStream, codec, Conversations(0, 3), Conversations(3, 5));
        using (var file = ArrowFile.Open(path))
        {
            file.Columns.Select(column => $"{column.Name}: {column.Type}").ShouldBe(["messages: list<struct<role: text, content: text>>", "score: double", "id: int32"]);
            file.Read().Select(row => Encoding.UTF8.GetString(row.Json.Span)).ToArray()[4]
                .ShouldBe("""{"messages":[{"role":"user","content":"p4"},{"role":"assistant","content":"r4"}],"score":null,"id":4}""");
        }

        var set = ExampleReader.Read([path], DataFormat.Auto, skipBad: false);
        set.Examples.Select(example => (example.Prompt, example.Response, example.SourceLine)).ShouldBe(Enumerable.Range(0, 5).Select(i => ($"p{i}", $"r{i}", i + 1)));
    }

    [Fact]
    public void A_folder_of_save_to_disk_is_its_shards()
    {
        Saved("data", 0);
        Prompts(_folder["data"]).ShouldBe(["p0", "p1", "p2", "p3"]);
        File.Delete(_folder["data", "data-00001-of-00002.arrow"]);
        Should.Throw<TSpinException>(() => Prompts(_folder["data"])).Message.ShouldContain("names the data file \"data-00001-of-00002.arrow\", which is not in the folder");
    }

    [Fact]
    public void A_dictionary_of_data_sets_is_read_by_split()
    {
        Saved(Path.Combine("both", "train"), 0);
        Saved(Path.Combine("both", "test"), 10);
        File.WriteAllText(_folder["both", "dataset_dict.json"], """{"splits": ["train", "test"]}""");
        Prompts(_folder["both", "test"]).ShouldBe(["p10", "p11", "p12", "p13"]);
        Should.Throw<TSpinException>(() => Prompts(_folder["both"])).Message.ShouldContain("holds several splits (train, test), which do not belong together; name one, for example");
        File.WriteAllText(_folder["both", "dataset_dict.json"], """{"splits": ["train"]}""");
        Prompts(_folder["both"]).ShouldBe(["p0", "p1", "p2", "p3"]);
    }

    [Fact]
    public void A_column_that_is_not_read_is_said_and_does_not_refuse_the_file()
    {
        var text = new StringArray.Builder().Append("p").Build();
        var answers = new StringArray.Builder().Append("r").Build();
        var spans = new DurationArray.Builder(DurationType.Microsecond).Append(5).Build();
        var schema = new Schema([new Field("prompt", StringType.Default, true), new Field("response", StringType.Default, true), new Field("input", DurationType.Microsecond, true)], null);
        var path = Write("a.arrow", isStream: true, null, new RecordBatch(schema, [text, answers, spans], 1));
        var set = ExampleReader.Read([path], DataFormat.Auto, skipBad: false);
        (set.Examples.Count, set.NotUsed).ShouldBe((1, "column \"input\" is not read, as its type is duration"));
        Should.Throw<TSpinException>(() => ExampleReader.Read([path], DataFormat.Auto, false, new ColumnSettings { Prompt = "input", Response = "response" }))
            .Message.ShouldContain("lacks \"input\"; it has \"prompt\", \"response\"; name a column that is there (column \"input\" is not read, as its type is duration)");
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, null)]
    [InlineData(true, CompressionCodecType.Zstd)]
    public void Damaged_files_end_in_a_clear_error(bool isStream, CompressionCodecType? codec)
    {
        var good = File.ReadAllBytes(Write("good.arrow", isStream, codec, Conversations(0, 40), Conversations(40, 60)));
        var random = RandomStream.For(5, "arrow");
        var faults = 0;
        for (var i = 0; i < 600; i++)
        {
            var bytes = i % 3 == 0 ? good[..(1 + random.NextInt(good.Length - 1))] : good.ToArray();
            for (var changes = i % 3 == 0 ? 0 : 1 + random.NextInt(4); changes > 0; changes--)
            {
                bytes[random.NextInt(bytes.Length)] = (byte)random.NextInt(256);
            }

            File.WriteAllBytes(_folder["a.arrow"], bytes);
            try
            {
                using var file = ArrowFile.Open(_folder["a.arrow"]);
                file.Read().Take(10_000).Count().ShouldBeGreaterThanOrEqualTo(0);
            }
            catch (TSpinException error)
            {
                error.Message.ShouldContain("a.arrow");
                faults++;
            }
        }

        faults.ShouldBeGreaterThan(100);
    }

    private static string[] Prompts(string path) => [.. ExampleReader.Read([path], DataFormat.Auto, skipBad: false).Examples.Select(example => example.Prompt)];

    private static RecordBatch Conversations(int from, int to)
    {
        var (roles, contents) = (new StringArray.Builder(), new StringArray.Builder());
        var (scores, ids) = (new DoubleArray.Builder(), new Int32Array.Builder());
        var offsets = new ArrowBuffer.Builder<int>().Append(0);
        for (var i = from; i < to; i++)
        {
            roles.Append("user").Append("assistant");
            contents.Append($"p{i}").Append($"r{i}");
            offsets.Append(2 * (i - from + 1));
            _ = i % 2 == 0 ? scores.AppendNull() : scores.Append(i / 4.0);
            ids.Append(i);
        }

        var turn = new StructType([new Field("role", StringType.Default, true), new Field("content", StringType.Default, true)]);
        var turns = new StructArray(turn, 2 * (to - from), [roles.Build(), contents.Build()], ArrowBuffer.Empty);
        var type = new ListType(new Field("item", turn, true));
        var list = new ListArray(type, to - from, offsets.Build(), turns, ArrowBuffer.Empty);
        var schema = new Schema([new Field("messages", type, true), new Field("score", DoubleType.Default, true), new Field("id", Int32Type.Default, true)], null);
        return new RecordBatch(schema, [list, scores.Build(), ids.Build()], to - from);
    }

    private void Saved(string name, int from)
    {
        Directory.CreateDirectory(_folder[name]);
        Write(Path.Combine(name, "data-00000-of-00002.arrow"), isStream: true, null, Conversations(from, from + 2));
        Write(Path.Combine(name, "data-00001-of-00002.arrow"), isStream: true, null, Conversations(from + 2, from + 4));
        // A cache of a later step, which is no data of its own.
        Write(Path.Combine(name, "cache-0123456789abcdef.arrow"), isStream: true, null, Conversations(90, 95));
        File.WriteAllText(_folder[name, "state.json"], """{"_data_files": [{"filename": "data-00000-of-00002.arrow"}, {"filename": "data-00001-of-00002.arrow"}], "_fingerprint": "x", "_split": "train"}""");
        File.WriteAllText(_folder[name, "dataset_info.json"], """{"features": {}}""");
    }

    private string Write(string name, bool isStream, CompressionCodecType? codec, params RecordBatch[] batches)
    {
        using var stream = File.Create(_folder[name]);
        var options = new IpcOptions { CompressionCodec = codec, CompressionCodecFactory = codec is null ? null : new CompressionCodecFactory() };
        using ArrowStreamWriter writer = isStream ? new ArrowStreamWriter(stream, batches[0].Schema, leaveOpen: true, options) : new ArrowFileWriter(stream, batches[0].Schema, leaveOpen: true, options);
        foreach (var batch in batches)
        {
            writer.WriteRecordBatch(batch);
        }

        writer.WriteEnd();
        return _folder[name];
    }
}
