using System.Text.Json;
using Shouldly;
using TSpin.Evaluation;
using TSpin.Evaluation.Tasks;
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
        var score = MeanScore.Of([1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        score.Score.ShouldBe(0.375, 1e-15);
        score.StandardError!.Value.ShouldBe(Math.Sqrt(0.375 * 0.625 / 7), 1e-15);

        // Values 1, 2, 4, 9: mean 4, squared distances 9 + 4 + 0 + 25 = 38.
        var mean = MeanScore.Of([1.0, 2.0, 4.0, 9.0]);
        mean.Score.ShouldBe(4);
        mean.StandardError!.Value.ShouldBe(Math.Sqrt(38.0 / 3.0) / 2.0, 1e-15);

        MeanScore.Of([1.0]).StandardError.ShouldBeNull();
    }

    [Fact]
    public void Answers_are_scored_from_their_texts()
    {
        EvaluatedAnswer[] answers =
        [
            Gsm8kTask.Judge(0, "greedy", "", "#### 12", "5+7=12\n#### 12", true, 8),
            Gsm8kTask.Judge(1, "greedy", "", "#### 12", "The answer is 12.", true, 6),
            Gsm8kTask.Judge(2, "greedy", "", "#### 12", "#### 13", true, 4),
            Gsm8kTask.Judge(3, "greedy", "", "#### 12", "and so on and so on", false, 80),
        ];
        var strict = MetricScore.Of(Gsm8kTask.Metric, Gsm8kTask.Strict, "greedy", "greedy strict", answers);
        (strict.Examples, strict.Value, strict.Key).ShouldBe((4, 0.25, "exact_match,strict-match"));
        MetricScore.Of(Gsm8kTask.Metric, Gsm8kTask.Flexible, "greedy", "greedy flexible", answers).Value.ShouldBe(0.5);
        AnswerStatistics.Of("greedy", answers, FinalNumber.EndsInFormat).ShouldBe(new AnswerStatistics("greedy", 4, 0.75, 24.5, 0.5));
        answers.Select(answer => answer.IsRight).ShouldBe([true, false, false, false]);
    }

    [Fact]
    public void No_answers_are_a_clear_error() =>
        Should.Throw<TSpinException>(() => MetricScore.Of(Gsm8kTask.Metric, Gsm8kTask.Strict, "greedy", "", [])).Message.ShouldContain("no examples");

    [Fact]
    public void Results_survive_the_file_and_are_named_as_documented()
    {
        var result = Result("gsm8k");
        var other = Result("other") with { Answers = [], AnnotatedLogProbPerToken = null, AnnotatedTokens = 0 };
        var path = Path.Combine(_folder, EvaluationFiles.ResultFile);
        EvaluationFiles.WriteResult(path, new CheckpointEvaluation([result, other]));

        var read = EvaluationFiles.ReadResult(path);
        read.Main.ShouldBe(result.Metrics[0]);
        read.Results.Select(task => task.Task).ShouldBe(["gsm8k", "other"]);
        foreach (var (one, expected) in read.Results.Zip([result, other]))
        {
            (one with { Metrics = expected.Metrics, Answers = expected.Answers }).ShouldBe(expected);
            one.Metrics.ShouldBe(expected.Metrics);
            one.Answers.ShouldBe(expected.Answers);
        }

        using var json = JsonDocument.Parse(File.ReadAllText(path));
        json.RootElement.EnumerateObject().Select(property => property.Name).ShouldBe(["results"]);
        var first = json.RootElement.GetProperty("results")[0];
        first.EnumerateObject().Select(property => property.Name).ShouldBe(
            ["task", "examples", "metrics", "answers", "annotated_log_prob_per_token", "annotated_tokens", "seconds", "prompts_truncated"]);
        first.GetProperty("metrics")[0].EnumerateObject().Select(property => property.Name).ShouldBe(
            ["name", "filter", "mode", "title", "value", "standard_error", "examples", "higher_is_better"]);
        first.GetProperty("answers")[0].EnumerateObject().Select(property => property.Name).ShouldBe(["mode", "examples", "ended_share", "mean_response_tokens", "format_share"]);
    }

    [Fact]
    public void A_file_of_an_earlier_version_has_the_same_metrics()
    {
        var path = Path.Combine(_folder, EvaluationFiles.ResultFile);
        File.WriteAllText(path, """
            {"task": "gsm8k", "examples": 2, "greedy": {"examples": 2, "strict": {"score": 0.5, "standard_error": 0.5}, "flexible": {"score": 1, "standard_error": 0},
             "format_share": 0.5, "ended_share": 1, "mean_response_tokens": 4}, "sampled": null, "annotated_log_prob_per_token": -1.25, "annotated_tokens": 80, "seconds": 3.5,
             "extra": {"new kinds": {"examples": 7, "strict": {"score": 0.25, "standard_error": 0.1}}}, "prompts_truncated": 1}
            """);
        var result = EvaluationFiles.ReadResult(path).First;
        result.Metrics.ShouldBe(
        [
            new MetricScore("exact_match", "strict-match", "greedy", "greedy strict", 0.5, 0.5, 2),
            new MetricScore("exact_match", "flexible-extract", "greedy", "greedy flexible", 1, 0, 2),
            new MetricScore("exact_match", "strict-match", "greedy:new kinds", "new kinds", 0.25, 0.1, 7),
        ]);
        result.Answers.ShouldBe([new AnswerStatistics("greedy", 2, 1, 4, 0.5)]);
        (result.Task, result.Examples, result.AnnotatedLogProbPerToken, result.AnnotatedTokens, result.Seconds, result.PromptsTruncated).ShouldBe(("gsm8k", 2, -1.25, 80, 3.5, 1));

        var answers = Path.Combine(_folder, EvaluationFiles.AnswersFile);
        File.WriteAllText(answers, """{"index":3,"mode":"greedy","prompt":"p","reference":"#### 1","answer":"1","strict":false,"flexible":true,"ended":false,"tokens":9}""" + "\n");
        var answer = EvaluationFiles.ReadAnswers(answers, []).ShouldHaveSingleItem();
        (answer.Index, answer.Task, answer.Ended, answer.Tokens, answer.IsRight).ShouldBe((3, null, false, 9, false));
        answer.Scores["exact_match,flexible-extract"].ShouldBe(1);
    }

    [Fact]
    public void Answers_survive_the_file_one_line_each()
    {
        EvaluatedAnswer[] answers =
        [
            Gsm8kTask.Judge(0, "greedy", "Q: caf\u00e9?\n", "5+7=12\n#### 12", "5+7=12\n#### 12", true, 9),
            Gsm8kTask.Judge(1, "sampled", "", "#### 1", "\u2028 \U0001F600 \"x\"", false, 3) with { Task = "other" },
        ];
        var path = Path.Combine(_folder, EvaluationFiles.AnswersFile);
        EvaluationFiles.WriteAnswers(path, answers);
        var read = EvaluationFiles.ReadAnswers(path, []);
        read.Select((answer, i) => answer with { Scores = answers[i].Scores }).ShouldBe(answers);
        read.SelectMany(answer => answer.Scores).ShouldBe(answers.SelectMany(answer => answer.Scores));
        File.ReadAllLines(path).Length.ShouldBe(2);
        File.ReadAllText(path).ShouldStartWith("{\"index\":0,\"mode\":\"greedy\",\"prompt\":\"Q: caf\u00e9?\\n\",\"reference\":\"5+7=12\\n#### 12\",");
        File.ReadAllText(path).ShouldContain("\"scores\":{\"exact_match,strict-match\":1,\"exact_match,flexible-extract\":1},\"ended\":true,\"tokens\":9,\"task\":\"gsm8k\"}");
    }

    [Fact]
    public void What_cannot_be_read_is_named()
    {
        var path = Path.Combine(_folder, "answers.jsonl");
        EvaluationFiles.WriteAnswers(path, [Gsm8kTask.Judge(0, "greedy", "", "#### 1", "#### 1", true, 3)]);
        File.AppendAllText(path, "{\"index\":1,\n");
        var notes = new List<string>();
        EvaluationFiles.ReadAnswers(path, notes).Count.ShouldBe(1);
        notes.ShouldHaveSingleItem().ShouldStartWith($"{path}: 1 unreadable line");

        var result = Path.Combine(_folder, "evaluation.json");
        File.WriteAllText(result, "{\"task\":\"gsm8k\"}");
        Should.Throw<TSpinException>(() => EvaluationFiles.ReadResult(result)).Message.ShouldContain("holds no metrics");
        File.WriteAllText(result, "{\"task\":");
        Should.Throw<TSpinException>(() => EvaluationFiles.ReadResult(result)).Message.ShouldContain("not a JSON object");
        Should.Throw<TSpinException>(() => EvaluationFiles.ReadResult(result + ".none")).Message.ShouldContain(".none");
    }

    private static EvaluationResult Result(string task)
    {
        EvaluatedAnswer[] answers = [Gsm8kTask.Judge(0, "greedy", "", "#### 1", "#### 1", true, 3), Gsm8kTask.Judge(1, "greedy", "", "#### 1", "#### 2", true, 5)];
        return new EvaluationResult(
            task, 2, [MetricScore.Of(Gsm8kTask.Metric, Gsm8kTask.Strict, "greedy", "greedy strict", answers) with { HigherIsBetter = false }],
            [AnswerStatistics.Of("greedy", answers, FinalNumber.EndsInFormat)], -1.25, 80, 3.5);
    }
}
