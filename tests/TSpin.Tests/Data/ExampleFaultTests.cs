using System.Text;
using Shouldly;
using TSpin.Data;
using Xunit;

namespace TSpin.Tests.Data;

public sealed class ExampleFaultTests : IDisposable
{
    private const string Good = "{\"prompt\": \"p\", \"response\": \"r\"}\n";
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("{\"prompt\": \"p\", \"response\": \"r\"", "not valid JSON at byte 32: ")]
    [InlineData("not json", "not valid JSON at byte 2: ")]
    [InlineData("{\"prompt\": \"p\", \"response\": \"r\"} {}", "not valid JSON at byte 34: ")]
    [InlineData("{\"prompt\": \"p\", \"prompt\": \"q\", \"response\": \"r\"}", "not valid JSON at byte ")]
    [InlineData("{\"prompt\": \"p\", \"response\": \"\"}", "the response is empty; write it, or remove the record")]
    [InlineData("{\"prompt\": \" \\n\", \"response\": \"r\"}", "the prompt is blank (2 white space characters); write it, or remove the record")]
    [InlineData("{\"prompt\": \"p\", \"response\": null}", "\"response\" is null where text belongs; write it as a string")]
    [InlineData("{\"prompt\": [1], \"response\": \"r\"}", "\"prompt\" is a list of 1 where text belongs")]
    [InlineData("{\"prompt\": \"p\", \"response\": 12}", "\"response\" is 12 where text belongs")]
    [InlineData("{\"prompt\": \"p\", \"response\": \"a\\ud800b\"}", "\"response\" holds half of a surrogate pair")]
    [InlineData("{\"prompt\": \"p\", \"respnse\": \"r\"}", "is not of format prompt-response, which has prompt, response (or completion); it has \"prompt\", \"respnse\". The format was decided from a.jsonl:1; do not mix formats")]
    [InlineData("{\"question\": \"p\", \"answer\": \"r\"}", "is not of format prompt-response, which has prompt, response (or completion); it has \"question\", \"answer\". ")]
    [InlineData("{}", "is not of format prompt-response, which has prompt, response (or completion); it has no keys. ")]
    [InlineData("{\"\\ud800\": 1, \"prompt\": \"p\", \"response\": \"\"}", "a key holds half of a surrogate pair")]
    [InlineData("[1, 2]", "a list of 2 where a record belongs; write an object {...}")]
    [InlineData("3", "3 where a record belongs; write an object {...}")]
    [InlineData("null", "null where a record belongs; write an object {...}")]
    public void A_bad_line_is_named_and_explained(string line, string message)
    {
        var text = Good + line + "\n" + Good;
        var bad = Should.Throw<BadDataException>(() => _folder.Read("a.jsonl", text)).Lines.ShouldHaveSingleItem();
        bad.Line.ShouldBe(2);
        bad.Message.Replace(_folder + "/", "", StringComparison.Ordinal).ShouldStartWith(message);

        var skipped = _folder.Read("a.jsonl", text, skipBad: true);
        skipped.Examples.Select(example => (example.Index, example.SourceLine)).ShouldBe([(0, 1), (1, 3)]);
        skipped.Skipped.ShouldHaveSingleItem().ShouldBe(bad);
    }

    [Theory]
    [InlineData("{\"messages\": \"hi\"}", "\"messages\" is \"hi\" where a list of turns belongs; write [{\"role\": \"user\"")]
    [InlineData("{\"messages\": []}", "\"messages\" has no user turn among its 0; one must ask")]
    [InlineData("{\"messages\": [3]}", "messages[0] is 3 where a turn belongs")]
    [InlineData("{\"messages\": [{\"content\": \"x\"}]}", "lacks \"messages[0].role\"; it has \"content\"")]
    [InlineData("{\"messages\": [{\"role\": \"user\"}]}", "lacks \"messages[0].content\"; it has \"role\"")]
    [InlineData("{\"messages\": [{\"role\": \"user\", \"content\": null}]}", "\"messages[0].content\" is null where text belongs")]
    [InlineData("{\"messages\": [{\"role\": \"user\", \"content\": \"p\"}, {\"role\": \"user\", \"content\": \"q\"}]}", "\"messages\" has no assistant turn after the first user turn; one must answer")]
    [InlineData("{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image\"}]}]}", "messages[0].content[0] is no part of type \"text\"; it is of type \"image\", and only text can be trained on")]
    [InlineData("{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"text\"}]}]}", "lacks \"messages[0].content[0].text\"; it has \"type\"")]
    [InlineData("{\"messages\": [{\"role\": \"system\", \"content\": \"s\"}, {\"role\": \"user\", \"content\": \"\"}, {\"role\": \"assistant\", \"content\": \"r\"}]}", "the prompt is empty")]
    public void A_bad_conversation_is_explained(string line, string message) =>
        Should.Throw<BadDataException>(() => _folder.Read("a.jsonl", line)).Lines.ShouldHaveSingleItem().Message.ShouldStartWith(message);

    [Fact]
    public void Twenty_faults_are_reported_together_and_no_more()
    {
        var error = Should.Throw<BadDataException>(() => _folder.Read("a.jsonl", Good + string.Concat(Enumerable.Repeat("{\"prompt\": \"p\", \"response\": 5}\n", 30))));
        error.Lines.Count.ShouldBe(20);
        var lines = _folder.Plain(error).Split('\n');
        lines[0].ShouldBe("The data have at least 20 bad records:");
        lines[1].ShouldBe("a.jsonl:2: \"response\" is 5 where text belongs; write it as a string");
        lines[20].ShouldBe("a.jsonl:21: \"response\" is 5 where text belongs; write it as a string");
        lines[21].ShouldBe("Correct them, or leave them out with data.skip_bad: true (--skip-bad).");
        _folder.Read("a.jsonl", Good + string.Concat(Enumerable.Repeat("x\n", 3000)), skipBad: true).Skipped.Count.ShouldBe(3000);
    }

    [Fact]
    public void Skipping_has_a_bound() =>
        Should.Throw<BadDataException>(() => _folder.Read("a.jsonl", Good + string.Concat(Enumerable.Repeat("1\n", 250_000)), skipBad: true)).Message.ShouldStartWith(
            "250000 records cannot be used, against 1 that can; the first of them:\n");

    [Fact]
    public void Faults_of_several_files_are_reported_together()
    {
        var first = _folder.Write("a.jsonl", Good + "x\n");
        var second = _folder.Write("b.json", "[\n{\"prompt\": 1, \"response\": \"r\"}]");
        Should.Throw<BadDataException>(() => ExampleReader.Read([first, second], DataFormat.Auto, skipBad: false)).Lines.Select(line => (line.File, line.Line)).ShouldBe(
            [(first, 2), (second, 2)]);
    }

    [Fact]
    public void When_nothing_is_usable_skipping_does_not_hide_it()
    {
        _folder.Plain(Should.Throw<BadDataException>(() => _folder.Read("a.jsonl", "x\ny\n", skipBad: true))).ShouldStartWith("None of the first 2 records can be used; the first of them:\na.jsonl:1: not valid JSON");
        var error = Should.Throw<BadDataException>(() => _folder.Read("a.jsonl", string.Concat(Enumerable.Repeat("x\n", 5000)) + Good, skipBad: true));
        error.Message.ShouldStartWith("None of the first 1000 records can be used");
        error.Lines.Count.ShouldBe(20);
    }

    [Fact]
    public void Invalid_utf8_is_a_bad_line()
    {
        var path = _folder.Write("a.jsonl", [.. "{\"prompt\": \"caf"u8, 0xE9, .. "\", \"response\": \"r\"}\n"u8, .. Encoding.UTF8.GetBytes(Good)]);
        Should.Throw<BadDataException>(() => ExampleReader.Read([path], DataFormat.Auto, skipBad: false)).Lines.ShouldHaveSingleItem().Message.ShouldStartWith("is not valid UTF-8");
        ExampleReader.Read([path], DataFormat.Auto, skipBad: true).Examples.ShouldHaveSingleItem().SourceLine.ShouldBe(2);
        var array = _folder.Write("a.json", [.. "[{\"prompt\": \"p\", \"response\": \"r\"},\n{\"prompt\": \"caf"u8, 0xE9, .. "\", \"response\": \"r\"}]"u8]);
        Should.Throw<BadDataException>(() => ExampleReader.Read([array], DataFormat.Auto, skipBad: false)).Lines.ShouldHaveSingleItem().Line.ShouldBe(2);
    }

    [Fact]
    public void An_endless_line_is_a_bad_line()
    {
        var path = Path.Combine(_folder.ToString(), "a.jsonl");
        using (var stream = File.Create(path))
        {
            stream.Write("{\"prompt\": \""u8);
            stream.Write(new byte[(1 << 26) + 5]);
            stream.Write("\n"u8);
            stream.Write(Encoding.UTF8.GetBytes(Good));
        }

        var set = ExampleReader.Read([path], DataFormat.Auto, skipBad: true);
        set.Skipped.ShouldHaveSingleItem().ShouldBe(new BadLine(path, 1, "the line is longer than 67108864 bytes; it is no single record (are line breaks missing?)"));
        set.Examples.ShouldHaveSingleItem().SourceLine.ShouldBe(2);
    }

    [Theory]
    [InlineData("a.jsonl", "", "a.jsonl: holds no records; write one JSON object per line, or remove the file from the list")]
    [InlineData("a.jsonl", "\n \r\n", "a.jsonl: holds no records")]
    [InlineData("a.json", "[]", "a.json: holds no records")]
    [InlineData("a.json", "{\"data\": []}", "a.json: holds no records")]
    [InlineData("a.json", "{\"data\": 3}", "a.json: the document holds no array of records; write one record per line, or [record, record, ...]")]
    [InlineData("a.json", "{\"train\": [], \"test\": []}", "a.json: the document holds 2 arrays (train, test); keep the one with the records")]
    [InlineData("a.json", "[{\"prompt\": \"p\"},\n{\"prompt\" \"q\"}]", "a.json:2: not valid JSON: ")]
    [InlineData("a.json", "[{\"prompt\": \"p\"},\n", "a.json:2: not valid JSON: ")]
    [InlineData("a.json", "[{\"prompt\": \"p\", \"response\": \"r\"}]\n]", "a.json:2: not valid JSON: ")]
    [InlineData("a.json", "{\n\"data\": [\n1", "a.json:3: not valid JSON: ")]
    [InlineData("a.jsonl", "{\"text\": \"p\"}\n", "a.jsonl:1: the format cannot be decided from this record; it has \"text\". Known: spin with real (and generated); messages with messages; alpaca with instruction, output (and input); gsm8k with question, answer; prompt-response with prompt, response (or completion); preference with chosen, rejected (and prompt); sharegpt with conversations. Rename the keys to one of these.")]
    public void A_file_that_cannot_be_used_is_explained(string name, string text, string message) =>
        _folder.Plain(Should.Throw<TSpinException>(() => _folder.Read(name, text, skipBad: true))).ShouldStartWith(message);

    [Fact]
    public void Files_of_other_kinds_are_named()
    {
        Kind([0x1F, 0x8B, 8]).ShouldStartWith("a.jsonl: cannot be unpacked: the file is damaged or cut off");
        Kind([.. "PK\u0003\u0004"u8]).ShouldBe("a.jsonl: is a ZIP archive; unpack it first (unzip)");
        Kind([.. "PAR1xxxx"u8]).ShouldBe("a.jsonl: 8 bytes are no Parquet file; download or write it again");
        Kind([0xFF, 0xFE, (byte)'{', 0]).ShouldBe("a.jsonl: is UTF-16 text; save it as UTF-8");
        _folder.Plain(Should.Throw<TSpinException>(() => ExampleReader.Read([_folder + "/none.jsonl"], DataFormat.Auto, false))).ShouldBe("none.jsonl: no such file; check the path (in a recipe it starts from the recipe's folder)");
        Should.Throw<TSpinException>(() => ExampleReader.Read([Directory.CreateDirectory(_folder + "/empty").FullName], DataFormat.Auto, false)).Message.ShouldContain("is a folder without data files");
        Should.Throw<TSpinException>(() => ExampleReader.Read([], DataFormat.Auto, false)).Message.ShouldStartWith("data.train: no file is named");

        string Kind(byte[] bytes) => _folder.Plain(Should.Throw<TSpinException>(() => ExampleReader.Read([_folder.Write("a.jsonl", bytes)], DataFormat.Auto, true)));
    }

    [Fact]
    public void A_stated_format_that_does_not_fit_is_explained() =>
        Should.Throw<BadDataException>(() => _folder.Read("a.jsonl", Good, DataFormat.Gsm8k)).Lines[0].Message.ShouldBe(
            "is not of format gsm8k, which has question, answer; it has \"prompt\", \"response\"; name the format it has in data.format");

    [Fact]
    public void Garbage_never_crashes()
    {
        var stream = new TSpin.Randomness.RandomStream(9);
        string[] pieces = ["{", "}", "[", "]", "\"messages\"", "\"role\"", "\"user\"", "\"content\"", "\"prompt\"", "\"response\"", ":", ",", "\n", " ", "null", "1e999", "\"\\ud800\"", "\"real\"", "\"text\"", "true", "\u0000", "\"", "\\", "é"];
        for (var i = 0; i < 600; i++)
        {
            var text = string.Concat(Enumerable.Range(0, 1 + stream.NextInt(30)).Select(_ => pieces[stream.NextInt(pieces.Length)]));
            try
            {
                _folder.Read(stream.NextInt(2) == 0 ? "a.json" : "a.jsonl", text, skipBad: stream.NextInt(2) == 0);
            }
            catch (TSpinException)
            {
                // The only exception that bad data may cause.
            }
        }
    }
}
