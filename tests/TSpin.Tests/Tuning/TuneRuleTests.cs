using Shouldly;
using TSpin.ChatTemplates;
using TSpin.Data;
using TSpin.Evaluation;
using TSpin.Tuning;
using Xunit;

namespace TSpin.Tests.Tuning;

/// <summary>What tuning decides before it tries anything: metric, split, step sizes.</summary>
public sealed class TuneRuleTests
{
    [Theory]
    [InlineData(TuneMetricKind.FinalNumber, "3 + 4 = 7\n#### 7", "so\n#### -1,200")]
    [InlineData(TuneMetricKind.Label, "positive", "negative")]
    // One free text among labels makes all of them free texts.
    [InlineData(TuneMetricKind.Likelihood, "positive", "It is a film that one sees once and never quite forgets.")]
    [InlineData(TuneMetricKind.Likelihood, "#### 7", "A line\nand another")]
    public void The_annotated_answers_choose_the_metric(TuneMetricKind kind, params string[] answers)
    {
        var metric = TuneMetric.Choose(Examples(answers), null, null);
        metric.Kind.ShouldBe(kind);
        metric.Sentence.ShouldStartWith("chosen by ");
        metric.Sentence.Contains("favours SFT", StringComparison.Ordinal).ShouldBe(kind == TuneMetricKind.Likelihood);
        var judged = TuneMetric.Choose(Examples(answers), null, "./judge");
        judged.Kind.ShouldBe(kind == TuneMetricKind.Likelihood ? TuneMetricKind.Judge : kind);
        judged.Sentence.Contains("--judge is not asked",
            StringComparison.Ordinal).ShouldBe(judged.Kind != TuneMetricKind.Judge);
        TuneMetric.Choose(Examples(answers), "ifeval", null).Kind.ShouldBe(TuneMetricKind.Task);
    }

    [Fact]
    public void Answers_are_scored_by_what_was_chosen()
    {
        var number = TuneMetric.Choose(Examples("#### 7"), null, null);
        Score(number, "It is $1,007 or 7.", "so\n#### 7").ShouldBe(1);
        Score(number, "7 is it, no 8", "so\n#### 7").ShouldBe(0);
        var label = TuneMetric.Choose(Examples("yes"), null, null);
        Score(label, " **Yes.**\n", "yes").ShouldBe(1);
        Score(label, "yes and no", "yes").ShouldBe(0);
        // A sign belongs to a number.
        Score(label, "-1", "1").ShouldBe(0);
        var judge = TuneMetric.Choose(Examples("a\nb"), null, "./judge");
        judge.ScoreOf(Answer("x", "y", ("judge,none", 0.25)), "", true).ShouldBe(0.25);
        judge.ScoreOf(Answer("x", "y", ("other,none", 0.25)), "", true).ShouldBeNull();
        var task = TuneMetric.Choose(Examples("a\nb"), "my.yaml", null);
        task.ScoreOf(Answer("x", "y", ("errors,none", 3)), "errors,none", higherIsBetter: false).ShouldBe(-3);

        static double? Score(TuneMetric metric, string answer, string reference) =>
            metric.ScoreOf(Answer(answer, reference), "", true);
    }

    [Theory]
    [InlineData(30, 5, 30)]
    [InlineData(199, 5, 199)]
    [InlineData(200, 1, 80)]
    [InlineData(400, 1, 80)]
    [InlineData(1000, 1, 200)]
    [InlineData(50_000, 1, 1000)]
    public void Few_examples_are_folded_and_many_divided(int examples, int runs, int heldOut)
    {
        var split = TuneSplit.Of(examples, hasTask: false);
        (split.Validations.Count, split.HeldOut, split.IsFolded).ShouldBe((runs, heldOut, runs > 1));
        split.Validations.ShouldAllBe(validation => ValidationSplit.FaultOf(validation!) == null);
        TuneSplit.Of(examples, hasTask: true).Validations.ShouldBe([null]);
    }

    [Fact]
    public void Step_sizes_follow_the_stated_rule()
    {
        // Measured: 1e-4 at 2 million parameters, 2e-5 at 135 million.
        TuneRates.OfSft(1_900_000, isAdapter: false).ShouldBe(1e-4);
        TuneRates.OfSft(135_000_000, isAdapter: false).ShouldBe(2e-5);
        TuneRates.OfSft(135_000_000, isAdapter: true).ShouldBe(2e-4);
        TuneRates.OfSft(7_000_000_000, isAdapter: false).ShouldBe(5e-6, 1e-6);
        TuneRates.OfSft(1000, isAdapter: false).ShouldBe(3e-4);
        TuneRates.Of(TuneKind.Sft, 1_900_000, false).ShouldBe([1e-4, 3e-5, 3e-4]);
        TuneRates.Of(TuneKind.TSpin, 1_900_000, false).ShouldBe([1e-5, 3e-6, 3e-5]);
        new[] { 1.0, 4, 37, 200, 5000 }.Select(TuneRates.Alpha).ShouldBe([1, 1, 0.1, 0.02, 0.01]);
        new[] { 30, 100, 300, 400, 50_000 }.Select(TuneRates.Epochs).ShouldBe([10, 8, 3, 2, 2]);
        new[] { 30, 2000, 20_000 }.Select(TuneRates.BatchSize).ShouldBe([8, 32, 64]);
        TuneRates.Text(0.0003).ShouldBe("3e-4");
        var sft = new TuneCandidate(TuneKind.Sft, 1e-4);
        sft.Title.ShouldBe("SFT at 1e-4");
        new TuneCandidate(TuneKind.SftThenTSpin, 1e-5, sft).Name.ShouldBe("sft-1e-4-then-tspin-1e-5");
    }

    [Fact]
    public void Data_are_cleaned_and_it_is_said()
    {
        using var folder = new TemporaryFolder();
        string[] good = [.. Enumerable.Range(0, 40).Select(i => $$"""{"question": "What is {{i}} + 1?", "answer": "#### {{i + 1}}"}""")];
        File.WriteAllLines(folder["data.jsonl"],
        [
            .. good, good[3], """{"question": "What is 5 + 1?", "answer": "#### 7"}""",
            """{"question": "What is x?", "answer": "I do not know."}""", "{broken",
        ]);
        var read = TuneExamples.Read(Settings(folder["data.jsonl"]));
        read.Examples.Count.ShouldBe(41);
        read.Findings.Count.ShouldBe(4);
        read.Findings[0].ShouldStartWith($"1 of 44 records cannot be used and are left out; the first: {folder["data.jsonl"]}:44: ");
        read.Findings[1].ShouldMatch(@"^audit: findings at \d of 43 examples: .*contradiction, 1 duplicate.* \(data/audit\.jsonl names them\)$");
        read.Findings[2].ShouldBe($"1 duplicate examples are left out; the first: {folder["data.jsonl"]}:41");
        read.Findings[3].ShouldBe($"1 answers do not end in #### n as the others do, and are left out; the first: {folder["data.jsonl"]}:43");
        read.Audit.Findings.Count.ShouldBeGreaterThan(3);
        read.Write(folder["clean.jsonl"]);
        ExampleReader.Read([folder["clean.jsonl"]], DataFormat.Auto, skipBad: false).Examples
            .Select(example => (example.Prompt, example.Response))
            .ShouldBe(read.Examples.Select(example => (example.Prompt, example.Response)));

        File.WriteAllLines(folder["few.jsonl"], good[..3]);
        Should.Throw<TSpinException>(() => TuneExamples.Read(Settings(folder["few.jsonl"])))
            .Message.ShouldContain("has 3 different prompts, and with fewer than 8 nothing can be trained and told apart. Annotate more");
        File.WriteAllLines(folder["bad.jsonl"], [.. good[..20], .. Enumerable.Repeat("{broken", 10)]);
        Should.Throw<BadDataException>(() => TuneExamples.Read(Settings(folder["bad.jsonl"])))
            .Message.ShouldContain("10 of 30 records cannot be used");
        File.WriteAllText(folder["empty.jsonl"], "");
        Should.Throw<TSpinException>(() =>
            TuneExamples.Read(Settings(folder["empty.jsonl"]))).Message.ShouldContain("empty.jsonl");
    }

    [Fact]
    public void Answers_that_say_nothing_are_counted_and_labels_kept()
    {
        using var folder = new TemporaryFolder();
        Read(60, i => i == 7 ? "none" : "positive").Examples.Count.ShouldBe(60);
        Read(60, i => i % 2 == 0 ? "+" : "-").Examples.Count.ShouldBe(60);
        Read(60, i => i == 7 ? "none" : "A long sentence about a film that was seen.").Examples.Count.ShouldBe(59);
        var some = Read(60, i => i < 6 ? "..." : "positive");
        some.Examples.Count.ShouldBe(54);
        some.Findings.ShouldContain($"6 empty examples are left out; the first: {folder["data.jsonl"]}:1");
        var most = Should.Throw<BadDataException>(() => Read(60, i => i < 13 ? " ... " : $"Film {i} is about a man."));
        most.Message.ShouldContain("13 of 60 answers say nothing");
        most.Message.ShouldContain("the answer holds no letter and no digit");

        TuneExamples Read(int count, Func<int, string> answer)
        {
            File.WriteAllLines(folder["data.jsonl"], Enumerable.Range(0, count).Select(i =>
                $$"""{"question": "What of film number {{i}}?", "answer": "{{answer(i)}}"}"""));
            return TuneExamples.Read(Settings(folder["data.jsonl"]));
        }
    }

    [Fact]
    public void Conversations_stay_conversations()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder["data.jsonl"], Enumerable.Range(0, 10).Select(i => $$"""
            {"messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Say {{i}}"}, {"role": "assistant", "content": "{{i}}\nand more"}]}
            """));
        var read = TuneExamples.Read(Settings(folder["data.jsonl"]));
        read.Write(folder["clean.jsonl"]);
        var again = ExampleReader.Read([folder["clean.jsonl"]], DataFormat.Auto, skipBad: false,
            turns: read.Turns).Examples;
        again.Select(example => example.Response).ShouldBe(read.Examples.Select(example => example.Response));
        again[3].Asked.ShouldBe(read.Examples[3].Asked);
        again[3].Asked[0].ShouldBe(new ChatTurn("system", "Be kind."));
    }

    private static TuneSettings Settings(string file) => new() { Data = [file], Model = "none" };

    private static IReadOnlyList<AnnotatedExample> Examples(params string[] answers) =>
        [.. answers.Select((answer, i) => new AnnotatedExample(i, $"prompt {i}", answer, "file", i + 1))];

    private static EvaluatedAnswer Answer(string answer, string reference,
        params (string Key, double Value)[] scores) =>
        new(0, "greedy", "", reference, answer, scores.ToDictionary(score => score.Key, score => score.Value), true, 3);
}
