using System.Text;
using Shouldly;
using TSpin.Data;
using TSpin.Randomness;
using TSpin.Tests.Parquet;
using Xunit;

namespace TSpin.Tests.Data;

public sealed class SourceFileTests : IDisposable
{
    private static readonly TestColumn[] UltraChat =
    [
        TestColumn.Text("prompt"), TestColumn.Text("prompt_id"), TestColumn.ListOf("messages", TestColumn.Group("element", TestColumn.Text("content"), TestColumn.Text("role"))),
    ];

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Packed_lines_and_documents_are_read()
    {
        var lines = Lines(0, 500);
        Prompts(_folder.Write("a.jsonl.gz", Gzip(lines))).ShouldBe(Expected(0, 500));
        Prompts(_folder.Write("b.json.gz", Gzip($"[{lines.Trim().Replace('\n', ',')}]"))).ShouldBe(Expected(0, 500));
        Prompts(_folder.Write("members.jsonl.gz", [.. Gzip(Lines(0, 300)), .. Gzip(Lines(300, 500))])).ShouldBe(Expected(0, 500));
        Prompts(_folder.Write("c.jsonl.zst", TestParquet.Zstd(Encoding.UTF8.GetBytes(lines)))).ShouldBe(Expected(0, 500));
        byte[] first = TestParquet.Zstd(Encoding.UTF8.GetBytes(Lines(0, 9))), second = TestParquet.Zstd(Encoding.UTF8.GetBytes(Lines(9, 500)));
        Prompts(_folder.Write("frames.jsonl.zst", [.. first, .. second])).ShouldBe(Expected(0, 500));

        // A frame to be skipped (RFC 8878, section 3.1.2): pzstd begins files with one, and others have them between or after.
        foreach (var mark in new byte[] { 0x50, 0x57, 0x5F })
        {
            byte[] skipped = [mark, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3];
            Prompts(_folder.Write("skippable.jsonl.zst", [.. skipped, .. first, .. skipped, .. second, .. skipped])).ShouldBe(Expected(0, 500));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(60)]
    [InlineData(2000)]
    public void A_packed_file_that_is_cut_is_refused(int missing)
    {
        var random = RandomStream.For(3, "text");
        var text = string.Concat(Enumerable.Range(0, 300).Select(i => $"{{\"prompt\": \"{i} {random.NextBits()}\", \"response\": \"{random.NextBits()}\"}}\n"));
        Cut("a.jsonl.gz", Gzip(text));
        Cut("two.jsonl.gz", [.. Gzip(text), .. Gzip(text)]);
        Cut("a.jsonl.zst", TestParquet.Zstd(Encoding.UTF8.GetBytes(text)));

        void Cut(string name, byte[] whole) =>
            _folder.Plain(Should.Throw<TSpinException>(() => Prompts(_folder.Write(name, whole[..^missing])))).ShouldStartWith($"{name}: cannot be unpacked: the file is damaged or cut off");
    }

    [Fact]
    public void The_exact_layout_of_ultrachat_is_read_to_first_rounds()
    {
        string[] rows =
        [
            """{"prompt": "p0", "prompt_id": "x", "messages": [{"content": "p0", "role": "user"}, {"content": "r0", "role": "assistant"}, {"content": "more", "role": "user"}, {"content": "later", "role": "assistant"}]}""",
            """{"prompt": "p1", "prompt_id": "y", "messages": [{"content": "p1", "role": "user"}, {"content": "r1", "role": "assistant"}]}""",
        ];
        var parquet = new TestParquet(UltraChat) { Codec = 1, UseDictionary = true, PageVersion = 2 };
        _folder.Write("train_sft-00000-of-00002.parquet", parquet.Write(rows));
        _folder.Write("train_sft-00001-of-00002.parquet", parquet.Write([rows[1]]));
        _folder.Write("test_sft-00000-of-00001.parquet", parquet.Write([rows[0]]));
        var set = ExampleReader.Read([$"{_folder}/train_sft-*.parquet"], DataFormat.Auto, skipBad: false);
        (set.Format, set.Examples.Count).ShouldBe((DataFormat.Messages, 3));
        set.Examples.Select(example => (example.Prompt, example.Response, Path.GetFileName(example.SourceFile), example.SourceLine)).ShouldBe(
        [
            ("p0", "r0", "train_sft-00000-of-00002.parquet", 1), ("p1", "r1", "train_sft-00000-of-00002.parquet", 2), ("p1", "r1", "train_sft-00001-of-00002.parquet", 1),
        ]);
        Should.Throw<TSpinException>(() => Prompts(_folder.ToString())).Message.ShouldContain("holds several splits (test_sft, train_sft), which do not belong together; name one, for example");
    }

    [Fact]
    public void The_parts_of_a_folder_are_read_in_natural_order()
    {
        foreach (var part in new[] { 10, 2, 0, 1 })
        {
            _folder.Write($"part-{part}.jsonl", Lines(part, part + 1));
        }

        _folder.Write("README.md", "words");
        _folder.Write("dataset_info.json", "{}");
        Prompts(_folder.ToString()).ShouldBe(["p0", "p1", "p2", "p10"]);
        Prompts($"{_folder}/part-?.jsonl").ShouldBe(["p0", "p1", "p2"]);
        _folder.Plain(Should.Throw<TSpinException>(() => Prompts($"{_folder}/x*.jsonl"))).ShouldContain("no file fits");
        _folder.Plain(Should.Throw<TSpinException>(() => Prompts($"{_folder}/x*/a.jsonl"))).ShouldContain("* and ? may stand in the last part of a path only");
        _folder.Write("a.parquet", new TestParquet(UltraChat).Write(["""{"prompt": "p"}"""]));
        Should.Throw<TSpinException>(() => Prompts(_folder.ToString())).Message.ShouldContain("holds Parquet and JSON files (a.parquet, part-0.jsonl");
    }

    [Fact]
    public void Natural_order_counts()
    {
        string[] names = ["a", "a01", "a1", "a2b", "a2c", "a10", "b", "train-00002-of-00010", "train-00010-of-00010"];
        names.Reverse().Order(NaturalOrder.Instance).ShouldBe(names);
    }

    [Theory]
    [InlineData("a.jsonl")]
    [InlineData("a.jsonl.gz")]
    [InlineData("a.json")]
    [InlineData("a.parquet")]
    public void A_subset_is_the_same_whether_or_not_all_is_held(string name)
    {
        // Two bad records among them, so that places in the file and places among the examples differ.
        var lines = Lines(0, 200).TrimEnd().Split('\n');
        (lines[3], lines[77]) = ("""{"prompt": "", "response": "r"}""", """{"prompt": "p", "response": " "}""");
        var text = string.Join('\n', lines);
        var path = _folder.Write(name, name switch
        {
            "a.jsonl.gz" => Gzip(text),
            "a.json" => Encoding.UTF8.GetBytes($"[{text.Replace('\n', ',')}]"),
            "a.parquet" => new TestParquet(TestColumn.Text("prompt"), TestColumn.Text("response")) { EntriesPerPage = 9, RowsPerGroup = 50 }.Write(lines),
            _ => Encoding.UTF8.GetBytes(text),
        });
        var all = ExampleReader.Read([path, path], DataFormat.Auto, skipBad: true).Examples;
        foreach (var count in new int?[] { null, 1, 15, 20, 50, 396 })
        {
            var subset = ExampleReader.ReadSubset([path, path], DataFormat.Auto, skipBad: true, null, count, 42);
            (subset.Total, subset.Skipped.Count, subset.Format).ShouldBe((396, 4, DataFormat.PromptResponse));
            subset.Examples.ShouldBe(ExampleSelection.Take(all, count, 42));
        }

        Should.Throw<TSpinException>(() => ExampleReader.ReadSubset([path], DataFormat.Auto, true, null, 199, 42)).Message.ShouldStartWith("199 examples are asked for where there are 198");
    }

    [Fact]
    public void Mutated_packed_files_never_crash()
    {
        var random = RandomStream.For(11, "mutations");
        byte[][] good = [Gzip(Lines(0, 60)), TestParquet.Zstd(Encoding.UTF8.GetBytes(Lines(0, 60)))];
        for (var i = 0; i < 800; i++)
        {
            var bytes = good[i % 2].ToArray();
            for (var changes = 1 + random.NextInt(4); changes > 0; changes--)
            {
                bytes[random.NextInt(bytes.Length)] = (byte)random.NextInt(256);
            }

            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                ExampleReader.Read([_folder.Write("a.jsonl", bytes)], DataFormat.Auto, skipBad: i % 3 == 0);
            }
            catch (TSpinException)
            {
                // The only exception that bad data may cause.
            }

            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(20_000_000, $"mutation {i}");
        }
    }

    private static string Lines(int from, int to) => string.Concat(Enumerable.Range(from, to - from).Select(i => $"{{\"prompt\": \"p{i}\", \"response\": \"r{i}\"}}\n"));

    private static IEnumerable<string> Expected(int from, int to) => Enumerable.Range(from, to - from).Select(i => $"p{i}");

    private static byte[] Gzip(string text) => TestParquet.Pack(2, Encoding.UTF8.GetBytes(text));

    private static string[] Prompts(string path) => [.. ExampleReader.Read([path], DataFormat.Auto, skipBad: false).Examples.Select(example => example.Prompt)];
}
