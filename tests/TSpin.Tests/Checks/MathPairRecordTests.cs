using System.Text.Json;
using Shouldly;
using TSpin.Checks;
using Xunit;

namespace TSpin.Tests.Checks;

public sealed class MathPairRecordTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Right_pairs_hold_and_each_field_is_compared()
    {
        var row = Row("Final Answer: The final answer is $\\frac12$. I hope it is correct.", "So $\\boxed{0.5}$.", "0.5", "$\\frac12$", "\\frac{1}{2}", "0.5", false, 1, 1);
        Check([row]).Passed.ShouldBeTrue(Check([row]).ToText());
        foreach (var (field, wrong) in new (string, object)[] { ("extracted", "x"), ("normalized", "x"), ("normalized_answer", "x"), ("equal_as_strings", true), ("exact_match_original", 0), ("exact_match", 0) })
        {
            var changed = row.ToDictionary();
            changed[field] = wrong;
            var report = Check([changed]);
            CheckReport.ExitCode([report]).ShouldBe(1, field);
            report.ToText().ShouldContain(field);
        }
    }

    [Fact]
    public void Long_texts_are_compared_whole()
    {
        var answer = new string('7', 150);
        var row = Row($"Final Answer: The final answer is ${answer}$. I hope it is correct.", "So $\\boxed{1}$.", "1", $"${answer}$", answer, "1", false, 0, 0);
        Check([row]).Passed.ShouldBeTrue(Check([row]).ToText());
        foreach (var (field, wrong) in new[] { ("extracted", $"${answer}x"), ("normalized", answer + "7") })
        {
            var changed = row.ToDictionary();
            changed[field] = wrong;
            CheckReport.ExitCode([Check([changed])]).ShouldBe(1, field);
        }
    }

    [Theory]
    [InlineData("exact_match_original", 3, 4)]
    [InlineData("exact_match", 5, 6)]
    public void A_share_of_the_scores_may_differ(string score, int allowed, int tooMany)
    {
        CheckReport Run(int wrong) => Check([.. Enumerable.Range(0, 100).Select(i =>
        {
            var row = Row("Final Answer: The final answer is $5$. I hope it is correct.", "So $\\boxed{5}$.", "5", "$5$", "5", "5", true, 1, 1).ToDictionary();
            row[score] = i < wrong ? 0 : 1;
            return row;
        })]);
        Run(allowed).Passed.ShouldBeTrue();
        Run(tooMany).Passed.ShouldBeFalse();
    }

    [Fact]
    public void Recorded_pairs_hold()
    {
        var report = EvaluationCheck.Run(new EvaluationCheckRequest(SharedFolder.Require("reference", "math", "pairs.jsonl")));
        report.Passed.ShouldBeTrue(report.ToText());
    }

    private static Dictionary<string, object> Row(
        string candidate, string solution, string answer, string extracted, string normalized, string normalizedAnswer, bool equal, int original, int match) => new()
        {
            ["candidate"] = candidate,
            ["solution"] = solution,
            ["answer"] = answer,
            ["extracted"] = extracted,
            ["normalized"] = normalized,
            ["normalized_answer"] = normalizedAnswer,
            ["equal_as_strings"] = equal,
            ["exact_match_original"] = original,
            ["exact_match"] = match,
        };

    private CheckReport Check(IReadOnlyList<Dictionary<string, object>> rows)
    {
        File.WriteAllLines(_folder["pairs.jsonl"], rows.Select(row => JsonSerializer.Serialize(row)));
        return EvaluationCheck.Run(new EvaluationCheckRequest(_folder["pairs.jsonl"]));
    }
}
