using Shouldly;
using TSpin.Checks;
using Xunit;

namespace TSpin.Tests.Checks;

/// <summary>Checks of verdicts on instructions: small records of our own with planted faults, and the recorded ones where they are.</summary>
public sealed class InstructionRecordTests : IDisposable
{
    private const string Prompts = """
        {"key": 1, "prompt": "no commas", "instruction_id_list": ["punctuation:no_comma", "startend:quotation"], "kwargs": [{}, {}]}
        {"key": 2, "prompt": "letters", "instruction_id_list": ["keywords:letter_frequency"], "kwargs": [{"letter": "#", "let_frequency": 2, "let_relation": "at least"}]}
        {"key": 3, "prompt": "english", "instruction_id_list": ["change_case:english_lowercase"], "kwargs": [{}]}
        """;

    private readonly TemporaryFolder _folder = new();

    public InstructionRecordTests() => File.WriteAllText(_folder["input_data.jsonl"], Prompts);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Right_verdicts_hold()
    {
        var report = Check("verdicts.jsonl", """
            {"key": 1, "response": "\"a, b\"", "strict": [false, true], "loose": [false, true]}
            {"key": 1, "response": "x, y:\n\"a\"", "strict": [false, false], "loose": [true, true], "depends_on_chance": []}
            {"key": 2, "response": "aab", "strict": [true], "loose": [false]}
            {"key": 9, "response": "of another prompt", "strict": [true], "loose": [true]}
            """);
        report.Fault.ShouldBeNull();
        report.Passed.ShouldBeTrue();
        report.NotCompared.ShouldContain("2 verdicts that the official checker's chance decides: either is right");
        report.NotCompared.ShouldContain(note => note.StartsWith("1 rows whose prompt is not in", StringComparison.Ordinal));
    }

    [Fact]
    public void A_wrong_verdict_is_a_miss_of_its_type()
    {
        var report = Check("verdicts.jsonl", """
            {"key": 1, "response": "a, b", "strict": [true, false], "loose": [false, false]}
            """);
        report.Misses.ShouldBe(1);
        report.FirstMisses[0].Quantity.ShouldBe("punctuation:no_comma");
        report.FirstMisses[0].Where.ShouldContain("verdicts.jsonl:1, key 1, strict, response \"a, b\"");
        CheckReport.ExitCode([report]).ShouldBe(1);
    }

    [Fact]
    public void Verdicts_that_need_a_language_may_differ_in_three_of_a_hundred()
    {
        string Rows(int wrong) => string.Join('\n', Enumerable.Range(0, 100).Select(i =>
            $$"""{"key": 3, "response": "this is the answer that you wanted", "strict": [{{(i >= wrong ? "true" : "false")}}], "loose": [true]}"""));
        Check("verdicts.jsonl", Rows(6)).Passed.ShouldBeTrue();
        var report = Check("verdicts.jsonl", Rows(7));
        CheckReport.ExitCode([report]).ShouldBe(1);
        report.ToText().ShouldContain("7 of 200");
    }

    [Theory]
    [InlineData("model_results_strict.jsonl", "[false,false]", 0)]
    [InlineData("model_results_strict.jsonl", "[true,true]", 1)]
    [InlineData("model_results_loose.jsonl", "[true,true]", 0)]
    [InlineData("model_results_loose.jsonl", "[false,true]", 1)]
    [InlineData("model_results.jsonl", "[true,true]", 2)]
    public void Results_of_the_official_checker_are_strict_or_loose_by_name(string name, string verdicts, int code)
    {
        var row = $$"""{"prompt": "no commas", "response": "x, y:\n\"a\"", "instruction_id_list": ["en:punctuation:no_comma", "en:startend:quotation"], "follow_instruction_list": {{verdicts}}, "follow_all_instructions": true}""";
        CheckReport.ExitCode([Check(name, row)]).ShouldBe(code);
    }

    [Fact]
    public void What_cannot_be_checked_is_named()
    {
        Check("verdicts.jsonl", """{"key": 9, "response": "a", "strict": [true], "loose": [true]}""").Fault!.ShouldContain("none of the 1 rows");
        Check("verdicts.jsonl", """{"key": 1, "response": "a", "strict": [true], "loose": [true]}""").Fault!.ShouldContain("1 verdicts (strict) on a prompt with 2 instructions");
        Check("verdicts.jsonl", """{"other": 1}""").Fault!.ShouldContain("no record that is known here");
        Check("verdicts.jsonl", "").Fault!.ShouldContain("holds no line");
        Check("verdicts.jsonl", """{"key": 1, "response": "a", "strict": [true], "loose": [true]}""", data: _folder["nowhere"]).Fault!.ShouldContain("--data");
        EvaluationCheck.Run(new EvaluationCheckRequest(_folder["absent.jsonl"])).Fault!.ShouldContain("absent.jsonl");
    }

    [Fact]
    public void A_limit_takes_the_first_rows()
    {
        const string Rows = """
            {"key": 1, "response": "a", "strict": [true, false], "loose": [true, false]}
            {"key": 1, "response": "a", "strict": [false, false], "loose": [true, false]}
            """;
        Check("verdicts.jsonl", Rows, limit: 1).Passed.ShouldBeTrue();
        Check("verdicts.jsonl", Rows, limit: 2).Passed.ShouldBeFalse();
        Check("verdicts.jsonl", Rows, limit: 0).Fault!.ShouldContain("--limit");
    }

    [Theory]
    [InlineData("reference", "ifeval", "verdicts.jsonl")]
    [InlineData("data", "ifeval", "Qwen__Qwen2.5-1.5B-Instruct-GPTQ-Int4__eval_results_strict.jsonl")]
    [InlineData("data", "ifeval", "Qwen__Qwen2.5-1.5B-Instruct-GPTQ-Int4__eval_results_loose.jsonl")]
    [InlineData("data", "ifeval", "mistralai__Mistral-7B-Instruct-v0.3__eval_results_strict.jsonl")]
    [InlineData("data", "ifeval", "mistralai__Mistral-7B-Instruct-v0.3__eval_results_loose.jsonl")]
    public void Recorded_verdicts_hold(params string[] parts)
    {
        var report = EvaluationCheck.Run(new EvaluationCheckRequest(SharedFolder.Require(parts)));
        report.Passed.ShouldBeTrue(report.ToText());
    }

    private CheckReport Check(string name, string rows, string? data = null, int? limit = null)
    {
        File.WriteAllText(_folder[name], rows);
        return EvaluationCheck.Run(new EvaluationCheckRequest(_folder[name], data, limit));
    }
}
