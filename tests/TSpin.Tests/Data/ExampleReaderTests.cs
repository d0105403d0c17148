using System.Text.Json;
using Shouldly;
using TSpin.Data;
using Xunit;

namespace TSpin.Tests.Data;

public sealed class ExampleReaderTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"messages": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "r"}]}""", DataFormat.Messages)]
    [InlineData("""{"messages": [{"role": "user", "content": [{"type": "text", "text": "p"}]}, {"role": "assistant", "content": [{"type": "text", "value": "r"}, {"type": "text", "text": ""}]}]}""", DataFormat.Messages)]
    [InlineData("""{"messages": [{"role": "assistant", "content": "greeting"}, {"role": "user", "content": "p"}, {"role": "assistant", "content": "r"}, {"role": "tool", "content": "t"}, {"role": "user", "content": 3}]}""", DataFormat.Messages)]
    [InlineData("""{"messages": [{"role": "system", "content": " "}, {"role": "user", "content": "p"}, {"role": "assistant", "content": "r"}], "prompt": "other"}""", DataFormat.Messages)]
    [InlineData("""{"prompt": "p", "response": "r", "id": 3}""", DataFormat.PromptResponse)]
    [InlineData("""{"completion": "r", "prompt": "p"}""", DataFormat.PromptResponse)]
    [InlineData("""{"instruction": "p", "output": "r"}""", DataFormat.Alpaca)]
    [InlineData("""{"instruction": "p", "input": "", "output": "r"}""", DataFormat.Alpaca)]
    [InlineData("""{"instruction": "p", "input": null, "output": "r"}""", DataFormat.Alpaca)]
    [InlineData("""{"real": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "r"}], "generated": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "worse"}]}""", DataFormat.Spin)]
    [InlineData("""{"question": "p", "answer": "r"}""", DataFormat.Gsm8k)]
    public void Every_format_is_read_and_recognised(string record, DataFormat format)
    {
        (string Name, string Text)[] files =
        [
            ("a.jsonl", record + "\n"), ("a.jsonl", record), ("a.jsonl", $"[\n{record}\n]"),
            ("a.json", record), ("a.json", $"[{record}]"), ("a.json", $"{{\"about\": {{\"x\": []}}, \"data\": [{record}]}}"),
        ];
        foreach (var (name, text) in files)
        {
            var set = _folder.Read(name, text);
            set.Format.ShouldBe(format);
            set.Skipped.ShouldBeEmpty();
            var example = set.Examples.ShouldHaveSingleItem();
            (example.Index, example.Prompt, example.Response, Path.GetFileName(example.SourceFile)).ShouldBe((0, "p", "r", name));
            _folder.Read(name, text, format).Examples[0].Prompt.ShouldBe("p");
        }
    }

    [Fact]
    public void A_system_turn_stands_before_the_prompt() =>
        _folder.Read("a.jsonl", """{"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "p"}, {"role": "assistant", "content": "r"}]}""")
            .Examples[0].Prompt.ShouldBe("Be brief.\n\np");

    [Fact]
    public void An_alpaca_input_follows_the_instruction() =>
        _folder.Read("a.json", """[{"instruction": "Add.", "input": "2 3", "output": "5"}]""").Examples[0].Prompt.ShouldBe("Add.\n\n2 3");

    [Fact]
    public void Texts_are_kept_as_they_are() =>
        _folder.Read("a.jsonl", """{"prompt": " p\u0000\ud83d\ude00\n", "response": "\tr é "}""").Examples[0].ShouldBe(
            new AnnotatedExample(0, " p\0😀\n", "\tr é ", Path.Combine(_folder.ToString(), "a.jsonl"), 1));

    [Fact]
    public void Byte_order_mark_windows_line_ends_and_blank_lines_do_no_harm()
    {
        var set = _folder.Read("a.jsonl", "\ufeff{\"prompt\": \"a\", \"response\": \"1\"}\r\n\r\n  \t\r\n{\"prompt\": \"b\", \"response\": \"2\"}\r\n\n");
        set.Examples.Select(example => (example.Index, example.Prompt, example.SourceLine)).ShouldBe([(0, "a", 1), (1, "b", 4)]);
        _folder.Read("b.json", "\ufeff\r\n[\r\n{\"prompt\": \"a\", \"response\": \"1\"}]").Examples[0].SourceLine.ShouldBe(3);
    }

    [Fact]
    public void Elements_of_a_json_array_have_their_line_numbers()
    {
        const string Text = """
            {
              "about": {"n": [1, 2]},
              "data": [
                {
                  "question": "a\n",
                  "answer": "1"
                }, {"question": "b", "answer": "2"},
                {"question": "c",

                 "answer": "3"}
              ]
            }
            """;
        _folder.Read("a.json", Text).Examples.Select(example => (example.Response, example.SourceLine)).ShouldBe([("1", 4), ("2", 7), ("3", 8)]);
    }

    [Fact]
    public void An_indented_lone_record_and_lines_in_a_json_file_are_read()
    {
        _folder.Read("a.json", "{\n  \"prompt\": \"p\",\n  \"response\": \"r\"\n}\n").Examples.ShouldHaveSingleItem().SourceLine.ShouldBe(1);
        _folder.Read("b.json", "{\"prompt\": \"p\", \"response\": \"r\"}\n{\"prompt\": \"q\", \"response\": \"s\"}\n").Examples.Count.ShouldBe(2);
        _folder.Read("c.txt", "{\"prompt\": \"" + new string('x', 200_000) + "\", \"response\": \"r\"}\n{\"prompt\": \"q\", \"response\": \"s\"}\n").Examples.Count.ShouldBe(2);
    }

    [Fact]
    public void Several_files_are_one_set()
    {
        var first = _folder.Write("a.jsonl", "{\"prompt\": \"a\", \"response\": \"1\"}\n");
        var second = _folder.Write("b.json", "[{\"prompt\": \"b\", \"completion\": \"2\"}]");
        ExampleReader.Read([first, second, first], DataFormat.Auto, skipBad: false).Examples.Select(example => (example.Index, example.Prompt, example.SourceFile)).ShouldBe(
            [(0, "a", first), (1, "b", second), (2, "a", first)]);
    }

    [Fact]
    public void Lines_of_every_length_survive_the_buffer()
    {
        // Lengths around the buffer's size and its doublings, and many short lines across its ends.
        var lengths = new[] { 65500, 1, 65536, 65535, 2, 131072, 3, 40, 400_000, 10 }.Concat(Enumerable.Range(0, 3000).Select(i => i * 7 % 211)).ToArray();
        var lines = lengths.Select((length, i) => JsonSerializer.Serialize(new { prompt = $"{i}" + new string('x', length), response = $"é{i}" })).ToArray();
        foreach (var ending in new[] { "\n", "\r\n" })
        {
            var set = _folder.Read("a.jsonl", string.Join(ending, lines));
            set.Examples.Count.ShouldBe(lengths.Length);
            for (var i = 0; i < lengths.Length; i++)
            {
                set.Examples[i].Response.ShouldBe($"é{i}");
                set.Examples[i].Prompt.Length.ShouldBe($"{i}".Length + lengths[i]);
                set.Examples[i].SourceLine.ShouldBe(i + 1);
            }
        }
    }

    [Fact]
    public void Reading_lines_holds_one_at_a_time()
    {
        // 100 MB of lines that carry little text each: what is allocated must stay near the examples' own size.
        var path = Path.Combine(_folder.ToString(), "large.jsonl");
        using (var writer = new StreamWriter(path))
        {
            var padding = new string('x', 1_000_000);
            for (var i = 0; i < 100; i++)
            {
                writer.Write($"{{\"prompt\": \"{i}\", \"response\": \"r\", \"ignored\": \"{padding}\"}}\n");
            }
        }

        ExampleReader.Read([path], DataFormat.Auto, skipBad: false);
        var before = GC.GetAllocatedBytesForCurrentThread();
        ExampleReader.Read([path], DataFormat.Auto, skipBad: false).Examples.Count.ShouldBe(100);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(20_000_000);
    }
}
