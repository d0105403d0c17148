using System.Text.Json;
using Shouldly;
using TSpin.Evaluation;
using Xunit;

namespace TSpin.Tests.Evaluation;

public sealed class EvaluationResultTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tspin-evaluation-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_standard_error_is_that_of_the_sample()
    {
        // 3 of 8 right: sqrt(0.375 * 0.625 / 7).
        var score = MeanScore.Of([true, true, true, false, false, false, false, false]);
        score.Score.ShouldBe(0.375, 1e-15);
        score.StandardError!.Value.ShouldBe(Math.Sqrt(0.375 * 0.625 / 7), 1e-15);

        // Values 1, 2, 4, 9: mean 4, squared distances 9 + 4 + 0 + 25 = 38.
        var mean = MeanScore.Of([1.0, 2.0, 4.0, 9.0]);
        mean.Score.ShouldBe(4);
        mean.StandardError!.Value.ShouldBe(Math.Sqrt(38.0 / 3.0) / 2.0, 1e-15);

        MeanScore.Of([true]).StandardError.ShouldBeNull();
    }

    [Fact]
    public void Answers_are_scored_from_their_texts()
    {
        var score = AnswerScore.Of(
        [
            ("5+7=12\n#### 12", "#### 12", true, 8),
            ("The answer is 12.", "#### 12", true, 6),
            ("#### 13", "#### 12", true, 4),
            ("and so on and so on", "#### 12", false, 80),
        ]);
        score.Examples.ShouldBe(4);
        score.Strict.Score.ShouldBe(0.25);
        score.Flexible.Score.ShouldBe(0.5);
        score.FormatShare.ShouldBe(0.5);
        score.EndedShare.ShouldBe(0.75);
        score.MeanResponseTokens.ShouldBe(24.5);
    }

    [Fact]
    public void No_answers_are_a_clear_error() =>
        Should.Throw<TSpinException>(() => AnswerScore.Of(Array.Empty<EvaluatedAnswer>())).Message.ShouldContain("no examples");

    [Fact]
    public void Results_survive_the_file_and_are_named_as_documented()
    {
        var score = AnswerScore.Of([("#### 1", "#### 1", true, 3), ("#### 2", "#### 1", true, 5)]);
        var result = new EvaluationResult("gsm8k", 2, score, null, -1.25, 80, 3.5, new Dictionary<string, AnswerScore> { ["test-templates"] = score });
        var path = Path.Combine(_folder, EvaluationFiles.ResultFile);
        EvaluationFiles.WriteResult(path, result);

        var read = EvaluationFiles.ReadResult(path);
        (read with { Extra = result.Extra }).ShouldBe(result);
        read.Extra.ShouldBe(result.Extra);

        using var json = JsonDocument.Parse(File.ReadAllText(path));
        json.RootElement.EnumerateObject().Select(property => property.Name).ShouldBe(
            ["task", "examples", "greedy", "sampled", "annotated_log_prob_per_token", "annotated_tokens", "seconds", "extra", "prompts_truncated"]);
        var greedy = json.RootElement.GetProperty("greedy");
        greedy.EnumerateObject().Select(property => property.Name).ShouldBe(
            ["examples", "strict", "flexible", "format_share", "ended_share", "mean_response_tokens"]);
        greedy.GetProperty("strict").GetProperty("standard_error").GetDouble().ShouldBe(0.5, 1e-12);
        json.RootElement.GetProperty("extra").GetProperty("test-templates").GetProperty("strict").GetProperty("score").GetDouble().ShouldBe(0.5);
    }

    [Fact]
    public void Answers_survive_the_file_one_line_each()
    {
        EvaluatedAnswer[] answers =
        [
            EvaluatedAnswer.Judge(0, "greedy", "Q: caf\u00e9?\n", "5+7=12\n#### 12", "5+7=12\n#### 12", true, 9),
            EvaluatedAnswer.Judge(1, "sampled", "", "#### 1", "\u2028 \U0001F600 \"x\"", false, 3),
        ];
        var path = Path.Combine(_folder, EvaluationFiles.AnswersFile);
        EvaluationFiles.WriteAnswers(path, answers);
        EvaluationFiles.ReadAnswers(path).ShouldBe(answers);
        File.ReadAllLines(path).Length.ShouldBe(2);
        File.ReadAllText(path).ShouldStartWith("{\"index\":0,\"mode\":\"greedy\",\"prompt\":\"Q: caf\u00e9?\\n\",\"reference\":\"5+7=12\\n#### 12\",");
        File.ReadAllText(path).ShouldContain("\"strict\":true,\"flexible\":true,\"ended\":true,\"tokens\":9}");
    }

    [Fact]
    public void A_damaged_file_is_named_with_its_line()
    {
        var path = Path.Combine(_folder, "answers.jsonl");
        EvaluationFiles.WriteAnswers(path, [EvaluatedAnswer.Judge(0, "greedy", "", "#### 1", "#### 1", true, 3)]);
        File.AppendAllText(path, "{\"index\":1,\n");
        Should.Throw<TSpinException>(() => EvaluationFiles.ReadAnswers(path)).Message.ShouldStartWith($"{path}:2:");

        var result = Path.Combine(_folder, "evaluation.json");
        File.WriteAllText(result, "{\"task\":\"gsm8k\"}");
        Should.Throw<TSpinException>(() => EvaluationFiles.ReadResult(result)).Message.ShouldContain("examples");
        Should.Throw<TSpinException>(() => EvaluationFiles.ReadResult(result + ".none")).Message.ShouldContain(".none");
    }
}
