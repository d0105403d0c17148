using System.Text.Json;
using Shouldly;
using TSpin.Evaluation;
using Xunit;

namespace TSpin.Tests.Evaluation;

public sealed class FinalNumberTests
{
    /// <summary>Expected values: the same rules run by Python's own re module.</summary>
    [Theory]
    [InlineData("So 5+7=12.\n#### 12", "a\n#### 12", "12", "12", true, true)]
    [InlineData("#### 1,234", "x #### 1234", "1,234", "1,234", true, true)]
    [InlineData("#### $5", "#### 5", "[invalid]", "$5", false, true)]
    [InlineData("The answer is 7.", "#### 7", "[invalid]", "7.", false, true)]
    [InlineData("#### 5.00", "#### 5", "5.00", "5.00", false, false)]
    [InlineData("####5", "#### 5", "[invalid]", "5", false, true)]
    [InlineData("it is -3", "#### -3", "[invalid]", "-3", false, true)]
    [InlineData("12 ... and so on", "#### 12", "[invalid]", "...", false, false)]
    [InlineData("#### 1\n#### 2", "#### 2", "1", "2", false, true)]
    [InlineData("#### 2\n#### 1", "#### 2", "2", "1", true, false)]
    [InlineData("#### 18.\n", "#### 18", "18.", "18.", true, true)]
    [InlineData("", "#### 1", "[invalid]", "[invalid]", false, false)]
    [InlineData("\u0663\u0664", "#### 34", "[invalid]", "[invalid]", false, false)]
    [InlineData("#### .", "#### 5", ".", "[invalid]", false, false)]
    [InlineData("[invalid]", "[INVALID]", "[invalid]", "[invalid]", true, true)]
    [InlineData("#### 7\nQuestion: 9", "#### 7", "7", "9", true, false)]
    [InlineData("5-3", "#### -3", "[invalid]", "-3", false, true)]
    [InlineData("--5", "#### -5", "[invalid]", "-5", false, true)]
    [InlineData("$1,200.50 in all", "#### 1200.50", "[invalid]", "$1,200.50", false, true)]
    [InlineData("#### -0", "#### 0", "-0", "-0", false, false)]
    [InlineData("x #### 4", "first #### 9\n second #### 4", "4", "4", true, true)]
    [InlineData("4", "4.\n", "[invalid]", "4", false, false)]
    [InlineData("4", "4\n", "[invalid]", "4", false, false)]
    [InlineData("#### 3,", "#### 3", "3,", "3,", true, true)]
    [InlineData("1.2.3", "#### 1.2.3", "[invalid]", "1.2.3", false, true)]
    [InlineData("no number", "none", "[invalid]", "[invalid]", false, false)]
    [InlineData("#### 1e5", "#### 1", "1", "5", true, false)]
    [InlineData("#### \u22125", "#### 5", "[invalid]", "5", false, true)]
    public void Extracts_and_compares_as_the_harness_does(string answer, string reference, string strict, string flexible, bool strictRight, bool flexibleRight)
    {
        FinalNumber.Strict(answer).ShouldBe(strict);
        FinalNumber.Flexible(answer).ShouldBe(flexible);
        FinalNumber.Matches(strict, reference).ShouldBe(strictRight);
        FinalNumber.Matches(flexible, reference).ShouldBe(flexibleRight);
    }

    [Theory]
    [InlineData("It is 5.\n#### 5", true)]
    [InlineData("#### 5 \n", true)]
    [InlineData("#### -1,000.5", true)]
    [InlineData("#### 5 apples", false)]
    [InlineData("The answer is 5.", false)]
    [InlineData("#### ", false)]
    public void Tells_whether_the_format_is_kept(string answer, bool kept) => FinalNumber.EndsInFormat(answer).ShouldBe(kept);

    [Fact]
    public void Agrees_with_every_recorded_sample_of_the_harness()
    {
        var checkedRows = 0;
        foreach (var line in File.ReadLines(SharedFolder.Require("reference", "lm-eval", "samples.jsonl")))
        {
            using var json = JsonDocument.Parse(line);
            var row = json.RootElement;
            if (!row.GetProperty("task").GetString()!.StartsWith("gsm8k", StringComparison.Ordinal))
            {
                continue;
            }

            var answer = row.GetProperty("resps")[0][0].GetString()!;
            var extracted = row.GetProperty("filter").GetString() == "strict-match" ? FinalNumber.Strict(answer) : FinalNumber.Flexible(answer);
            extracted.ShouldBe(row.GetProperty("filtered_resps")[0].GetString());
            FinalNumber.Matches(extracted, row.GetProperty("target").GetString()!).ShouldBe(row.GetProperty("exact_match").GetDouble() == 1.0);
            checkedRows++;
        }

        checkedRows.ShouldBe(56);
    }

    [Fact]
    public void Agrees_with_the_verdicts_on_the_published_model_solutions()
    {
        // They end in "A: n"; the mark that the task's rules look for is "#### n".
        static string Marked(string solution) => solution.Replace("\nA: ", "\n#### ", StringComparison.Ordinal);

        string[] models = ["6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"];
        var verdicts = 0;
        foreach (var line in File.ReadLines(SharedFolder.Require("data", "gsm8k", "example_model_solutions.jsonl")))
        {
            using var json = JsonDocument.Parse(line);
            var reference = Marked(json.RootElement.GetProperty("ground_truth").GetString()!);
            foreach (var model in models)
            {
                var solution = json.RootElement.GetProperty(model);
                var extracted = FinalNumber.Strict(Marked(solution.GetProperty("solution").GetString()!));
                FinalNumber.Matches(extracted, reference).ShouldBe(solution.GetProperty("is_correct").GetBoolean(), solution.ToString());
                verdicts++;
            }
        }

        verdicts.ShouldBe(5276);
    }

    [Theory]
    [InlineData("train.jsonl", 7473)]
    [InlineData("test.jsonl", 1319)]
    public void Every_annotated_answer_of_gsm8k_is_right_by_both_rules(string file, int rows)
    {
        var answers = File.ReadLines(SharedFolder.Require("data", "gsm8k", file)).Select(line =>
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.GetProperty("answer").GetString()!;
        }).ToArray();
        answers.Length.ShouldBe(rows);
        answers.ShouldAllBe(answer => FinalNumber.Matches(FinalNumber.Strict(answer), answer) && FinalNumber.Matches(FinalNumber.Flexible(answer), answer));
        answers.ShouldAllBe(answer => FinalNumber.EndsInFormat(answer));
    }
}
