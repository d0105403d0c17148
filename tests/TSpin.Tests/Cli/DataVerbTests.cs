using System.CommandLine;
using System.Text;
using System.Text.Json;
using Shouldly;
using TSpin.Checks;
using TSpin.Cli;
using TSpin.Data;
using TSpin.Data.Audit;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Tests.Data;
using TSpin.Tests.Parquet;
using TSpin.Tests.SelfPlay;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Cli;

/// <summary>The verbs about data files: data info, data convert, check parquet.</summary>
public sealed class DataVerbTests : IDisposable
{
    private static readonly string[] Rows = [.. Enumerable.Range(0, 30).Select(i => $"{{\"prompt\":\"p{i}\",\"response\":\"r\\n{i}\",\"tags\":[{i}],\"note\":null}}")];

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Info_shows_columns_format_counts_and_an_example()
    {
        var (code, text) = Invoke(DataInfoCommand.Create(), Parquet());
        code.ShouldBe(0);
        text.ShouldContain("columns   prompt: text\n          response: text\n          tags: list<int64>\n          note: text\n");
        text.ShouldContain("format    prompt-response\nexamples  30 usable, 0 bad\nprompt    p0\nresponse  r\\n0\n");
        var json = JsonDocument.Parse(Invoke(DataInfoCommand.Create(), Parquet(), "--json").Output).RootElement;
        (json.GetProperty("usable").GetInt32(), json.GetProperty("format").GetString()).ShouldBe((30, "prompt_response"));
    }

    [Fact]
    public void Info_says_what_is_in_the_way()
    {
        var path = _folder.Write("a.jsonl", "{\"question\": {\"text\": \"q\"}, \"reply\": \"a\"}\n");
        var (code, text) = Invoke(DataInfoCommand.Create(), path);
        code.ShouldBe(2);
        text.ShouldContain("columns   question: struct<text: text>\n          reply: text\n");
        text.ShouldContain("not usable as it is: ");
        Invoke(DataInfoCommand.Create(), path, "--prompt-column", "question.text", "--response-column", "reply").Code.ShouldBe(0);
    }

    [Fact]
    public void Audit_shows_what_it_finds_and_writes_it_with_reasons()
    {
        var path = _folder.Write("a.jsonl", string.Join('\n', Rows.Append(Rows[4]).Append("{\"prompt\":\"p7\"}").Append("{\"prompt\":\"p8\",\"response\":\"other\"}")));
        var test = _folder.Write("test.jsonl", "{\"prompt\":\"p9\"}\n");
        var file = Path.Combine(_folder.ToString(), "audit.jsonl");
        var (code, text) = Invoke(DataAuditCommand.Create(), path, "--test", test, "--out", file);
        code.ShouldBe(0);
        text.ShouldStartWith("findings at 4 of 32 examples: 1 bad record, 1 test overlap, 1 contradiction, 1 duplicate\n");
        AuditReport.Read(file).Select(finding => (finding.Line, finding.Kind)).ShouldBe(
            [(10, FindingKind.TestOverlap), (31, FindingKind.Duplicate), (32, FindingKind.BadRecord), (33, FindingKind.Contradiction)]);
        Invoke(DataAuditCommand.Create(), path, "--strict").Code.ShouldBe(ExitCodes.CheckFailed);
        var json = JsonDocument.Parse(Invoke(DataAuditCommand.Create(), path, "--json").Output).RootElement;
        json.GetProperty("findings")[0].GetProperty("kind").GetString().ShouldBe("duplicate");
        Should.Throw<TSpinException>(() => Invoke(DataAuditCommand.Create(), path, "--out", path)).Message.ShouldContain("name another file to write");
    }

    // One row is given the model's own greedy answer, in other letters.
    [Fact]
    public void Audit_with_a_model_finds_what_it_answers_already_and_what_surprises_it()
    {
        using var tiny = new TinyRun();
        string[] prompts = [.. Enumerable.Range(0, 24).Select(i => $"Ann has {i} figs.")];
        var answers = Answers(tiny, prompts);
        var rows = prompts.Select((prompt, i) => (Prompt: prompt, Answer: i == 5 ? answers[5].ToUpperInvariant() : "Ann has figs.")).ToArray();
        rows[9].Answer = new string('%', 70);   // so answers may be as long as half of the positions
        var path = _folder.Write("known.jsonl", string.Join('\n', rows.Select(row => JsonSerializer.Serialize(new { prompt = row.Prompt, response = row.Answer }))));
        var file = Path.Combine(_folder.ToString(), "audit.jsonl");
        Invoke(DataAuditCommand.Create(), path, "--model", tiny.Model, "--out", file).Code.ShouldBe(0);
        var found = AuditReport.Read(file);
        found.Where(finding => finding.Kind == FindingKind.KnownAnswer).Select(finding => finding.Line).ShouldBe(
            rows.Select((row, i) => (row, i)).Where(one => ExampleOverlap.Normalize(one.row.Answer) == ExampleOverlap.Normalize(answers[one.i])).Select(one => one.i + 1));
        found.ShouldContain(finding => finding.Kind == FindingKind.KnownAnswer && finding.Line == 6);
        found.Where(finding => finding.Kind == FindingKind.Surprising).ShouldAllBe(finding => finding.Reason.Contains("nats a token", StringComparison.Ordinal));
    }

    private static string[] Answers(TinyRun tiny, string[] prompts)
    {
        using var decoder = DecoderLoader.Load(tiny.Model);
        var tokenizer = Tokenizer.Load(tiny.Model);
        var encoder = new PromptEncoder(PromptTemplate.Of(new PromptSettings(), tiny.Model), tokenizer, decoder.Config);
        return [.. new Generator(decoder, tokenizer, new SamplingOptions { MaxNewTokens = 80, Temperature = 0 }, encoder.EndIds)
            .AnswerAll(encoder.Prompts(prompts), new ResponseSeeds(0, "audit")).OrderBy(answer => answer.Index).Select(answer => answer.Text)];
    }

    [Fact]
    public void Convert_writes_every_record_or_the_pairs_of_a_run()
    {
        var target = Path.Combine(_folder.ToString(), "out.jsonl");
        Invoke(DataConvertCommand.Create(), Parquet(), target).Output.ShouldEndWith("out.jsonl: 30 records\n");
        File.ReadAllLines(target).ShouldBe(Rows);
        ParquetCheck.Run(Parquet(), target).Passed.ShouldBeTrue();

        Invoke(DataConvertCommand.Create(), Parquet(), target, "--pairs", "--examples", "7", "--seed", "3").Code.ShouldBe(0);
        var expected = ExampleSelection.Take(ExampleReader.Read([Parquet()], DataFormat.Auto, skipBad: false).Examples, 7, 3);
        ExampleReader.Read([target], DataFormat.Auto, skipBad: false).Examples.Select(example => (example.Prompt, example.Response))
            .ShouldBe(expected.Select(example => (example.Prompt, example.Response)));

        var indented = _folder.Write("a.json", "[\n {\"a\": 1,\n  \"b\": \"é\\u00e9\"}\n]");
        Invoke(DataConvertCommand.Create(), indented, target).Code.ShouldBe(0);
        File.ReadAllText(target).ShouldBe("{\"a\":1,\"b\":\"éé\"}\n");
        Should.Throw<TSpinException>(() => Invoke(DataConvertCommand.Create(), target, target)).Message.ShouldEndWith("is one of the files to be read; name another file to write");
        Should.Throw<TSpinException>(() => Invoke(DataConvertCommand.Create(), Parquet(), target, "--examples", "7")).Message.ShouldEndWith("add --pairs");
        Should.Throw<TSpinException>(() => Invoke(DataConvertCommand.Create(), _folder.Write("bad.jsonl", "{\"a\": 1}\nnonsense\n"), target)).Message.ShouldContain("bad.jsonl:2: not valid JSON");
    }

    [Fact]
    public void Check_parquet_holds_finds_differences_and_demands_errors()
    {
        var rows = _folder.Write("rows.jsonl", string.Join('\n', Rows));
        Check(rows).Code.ShouldBe(0);
        Check("none").Code.ShouldBe(1);
        Check("error").Code.ShouldBe(1);
        Check(_folder.Write("fewer.jsonl", string.Join('\n', Rows[..29]))).Output.ShouldContain("miss: number of rows at the whole file: 30, recorded 29");

        var (code, text) = Check(_folder.Write("other.jsonl", string.Join('\n', Rows.Select(row => row.Replace("[3]", "[4]", StringComparison.Ordinal).Replace("\"p5\"", "\"p\"", StringComparison.Ordinal)))));
        code.ShouldBe(1);
        text.ShouldContain("miss: rows at row 4.tags[0]: \"3\", recorded \"4\"");
        text.ShouldContain("rows at row 6.prompt: ");
        JsonDocument.Parse(Check(rows, "--json").Output).RootElement.GetProperty("passed").GetBoolean().ShouldBeTrue();

        var cut = File.ReadAllBytes(Parquet())[..^20];
        Invoke(CheckParquetCommand.Create(), _folder.Write("cut.parquet", cut), "--rows", "error").Code.ShouldBe(0);
        Invoke(CheckParquetCommand.Create(), _folder.Write("cut.parquet", cut), "--rows", rows).Code.ShouldBe(2);
        Invoke(CheckParquetCommand.Create(), _folder + "/absent.parquet", "--rows", "error").Code.ShouldBe(2);

        (int Code, string Output) Check(params string[] arguments) => Invoke(CheckParquetCommand.Create(), [Parquet(), "--rows", .. arguments]);
    }

    private string Parquet() => _folder.Write("a.parquet", new TestParquet(
        TestColumn.Text("prompt"), TestColumn.Text("response"), TestColumn.ListOf("tags", new TestColumn("element", 1, 2)), TestColumn.Text("note"))
    { Codec = 1, UseDictionary = true }.Write(Rows));

    private static (int Code, string Output) Invoke(Command command, params string[] arguments)
    {
        var output = new StringWriter(new StringBuilder()) { NewLine = "\n" };
        var code = command.Parse(arguments).Invoke(new InvocationConfiguration { Output = output, EnableDefaultExceptionHandler = false });
        return (code, output.ToString());
    }
}
