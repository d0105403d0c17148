using System.CommandLine;
using System.Text.Json;
using Shouldly;
using TSpin.Cli;
using Xunit;

namespace TSpin.Tests.Checks;

public sealed class CheckEvaluationCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public CheckEvaluationCommandTests()
    {
        Directory.CreateDirectory(_folder["ifeval"]);
        File.WriteAllText(_folder["ifeval", "input_data.jsonl"], """{"key": 1, "prompt": "p", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}""");
        File.WriteAllText(_folder["right.jsonl"], """{"key": 1, "response": "a", "strict": [true], "loose": [true]}""");
        File.WriteAllText(_folder["wrong.jsonl"], """{"key": 1, "response": "a", "strict": [false], "loose": [true]}""");
        File.WriteAllText(_folder["pairs.jsonl"], """{"candidate": "$5$", "solution": "$\\boxed{5}$", "answer": "5", "exact_match": 1}""");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Exit_codes_are_0_1_and_2()
    {
        var data = _folder["ifeval"];
        Run(_folder["right.jsonl"], "--data", data).Code.ShouldBe(0);
        Run(_folder["pairs.jsonl"]).Code.ShouldBe(0);
        Run(_folder["wrong.jsonl"], "--data", data).Code.ShouldBe(1);
        Run(_folder["right.jsonl"]).Code.ShouldBe(2);
        Run(_folder["right.jsonl"], _folder["nowhere.jsonl"], "--data", data).Code.ShouldBe(2);
        Run(_folder["right.jsonl"], _folder["wrong.jsonl"], "--data", data).Code.ShouldBe(1);
    }

    [Fact]
    public void The_text_names_the_type_and_JSON_the_place()
    {
        Run(_folder["wrong.jsonl"], "--data", _folder["ifeval"]).Text.ShouldContain("punctuation:no_comma");
        var report = JsonDocument.Parse(Run(_folder["wrong.jsonl"], "--data", _folder["ifeval"], "--json").Text).RootElement;
        report.GetProperty("exit_code").GetInt32().ShouldBe(1);
        report.GetProperty("reports")[0].GetProperty("first_misses")[0].GetProperty("where").GetString()!.ShouldContain("wrong.jsonl:1, key 1, strict");
    }

    [Theory]
    [InlineData("--langdetect", "profile")]
    [InlineData("--punkt", "abbrev_types.txt")]
    public void Folders_of_the_official_data_are_read_when_named(string option, string named)
    {
        var (code, text) = Run(_folder["right.jsonl"], "--data", _folder["ifeval"], option, _folder["nowhere"]);
        code.ShouldBe(2);
        text.ShouldContain(named);
    }

    private static (int Code, string Text) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        var code = CheckCommand.Create().Parse(["evaluation", .. arguments]).Invoke(new InvocationConfiguration { Output = output, Error = output, EnableDefaultExceptionHandler = false });
        return (code, output.ToString());
    }
}
