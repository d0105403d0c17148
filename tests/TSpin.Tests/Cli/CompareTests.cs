using System.Text.Json;
using Shouldly;
using TSpin.Cli;
using TSpin.Evaluation;
using TSpin.Evaluation.Harness;
using TSpin.Evaluation.Tasks;
using TSpin.Tests.Evaluation.Harness;
using Xunit;

namespace TSpin.Tests.Cli;

/// <summary><c>tspin compare</c> on folders as <c>eval --out</c> and runs write them.</summary>
public sealed class CompareTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Two_evaluations_are_compared_row_by_row()
    {
        Sums("a", 24, i => i % 3 == 0 ? $"#### {i + 1}" : "no");
        Sums("b", 20, i => i == 0 ? "#### 7" : $"It is\n#### {i + 1}");
        Choices("a", 6, i => i % 2 == 0);
        var (code, output) = Compare("a", "b");
        code.ShouldBe(0);
        output.ShouldContain($"A: {_folder["a"]} (model, 20");
        output.ShouldContain($"note: only {_folder["a"]} has arc_easy.");
        output.ShouldContain(
            "gsm8k: 20 rows in both; 4 only in A\n|Metric|A|B|B - A|95%|turned right|turned wrong|p|\n");
        // Right in A: 0, 3, .. 18; in B all but 0.
        output.ShouldContain("|exact_match,strict-match|35.0|95.0|+60.0|±26.2|13|1|0.0018|");
        output.ShouldContain("exact_match,strict-match: B is better by 60.0 points ±26.2\n");
        output.ShouldContain("|repeated_4grams,none|0.0|0.0|+0.0|±0.0||||");
        output.ShouldContain("answer_tokens,none: no difference: both have the same in all 20 rows\n");
        output.ShouldContain("annotated_log_prob_per_token,none: B is better by 1.000 ±0.000\n");
        output.ShouldContain("  exact_match,strict-match, row 1 turned right: \"Question: 1+1?");
        output.ShouldContain("  exact_match,strict-match, row 0 turned wrong: \"Question: 0+1?");
        output.ShouldContain("\n    reference: \"#### 1\"\n    A: \"#### 1\"\n    B: \"#### 7\"\n");
        var json = JsonElement.Parse(Compare("a", "b", "--json", "--flips", "2").Output);
        var metric = json.GetProperty("tasks")[0].GetProperty("metrics")[0];
        metric.GetProperty("metric").GetString().ShouldBe("exact_match,strict-match");
        metric.GetProperty("turned_right").GetInt32().ShouldBe(13);
        metric.GetProperty("better").GetString().ShouldBe("B");
        metric.GetProperty("difference").GetDouble().ShouldBe(0.6, 1e-12);
        metric.GetProperty("flips").EnumerateArray().Select(flip => flip.GetProperty("row").GetInt32())
            .ShouldBe([1, 2, 0]);
        // An evaluation with itself.
        Compare("a", "a").Output.ShouldContain("acc,none: no difference: both have the same in all 6 rows");
    }

    [Fact]
    public void Runs_give_their_last_iteration_or_another()
    {
        foreach (var (iteration, right) in new[] { (0, 2), (2, 9) })
        {
            var folder = _folder["run", $"iteration-{iteration:D2}"];
            var answers = Enumerable.Range(0, 12)
                .Select(i => Gsm8kTask.Judge(i, "greedy", $"p{i}", $"#### {i}", i < right ? $"#### {i}"
                : "#### 99", true, 3)).ToArray();
            EvaluationFiles.WriteAnswers(Path.Combine(folder, EvaluationFiles.AnswersFile), answers);
            EvaluationFiles.WriteResult(Path.Combine(folder, EvaluationFiles.ResultFile), new CheckpointEvaluation(
                [new EvaluationResult("gsm8k", 12,
                    [MetricScore.Of("exact_match", "strict-match", "greedy", "greedy strict", answers)], [], null, 0,
                    1)]));
        }

        Directory.CreateDirectory(_folder["run", "iteration-03"]);
        var (_, output) = Compare("run/iteration-00", "run");
        output.ShouldContain($"B: {_folder["run"]} (iteration 2)");
        output.ShouldContain("|exact_match,strict-match|16.7|75.0|+58.3|");
        output.ShouldContain("exact_match,strict-match: B is better by 58.3 points");
        Compare("run", "run", "--iteration", "0").Output.ShouldContain("no difference: both");
        Should.Throw<TSpinException>(() =>
            Compare("run", "run", "--iteration", "3")).Message.ShouldContain(
            "iteration 3 was not evaluated; 0, 2 were");
        Should.Throw<TSpinException>(() =>
            Compare("run/iteration-00", "run/iteration-02", "--iteration", "0")).Message.ShouldContain("neither");
    }

    [Fact]
    public void What_cannot_be_compared_is_said_by_name()
    {
        Sums("a", 4, i => $"#### {i + 1}");
        Choices("b", 4, i => true);
        Should.Throw<TSpinException>(() =>
            Compare("a", "b")).Message.ShouldContain("have no task in common: gsm8k against arc_easy");
        Sums("shots", 4, i => $"#### {i + 1}", shots: 1);
        var error = Should.Throw<TSpinException>(() => Compare("a", "shots")).Message;
        error.ShouldContain("gsm8k: the prompts of 4 of 4 rows differ, first that of row 0");
        error.ShouldContain("--any-prompt");
        Compare("a", "shots", "--any-prompt").Output.ShouldContain("note: gsm8k: the prompts of 4 of 4 rows differ");
        Sums("other", 4, i => "x", first: 50);
        Should.Throw<TSpinException>(() => Compare("a", "other")).Message.ShouldContain("none of the 4 rows");
        Sums("a", 4, i => "x", model: "second");
        Should.Throw<TSpinException>(() =>
            Compare("a", "shots")).Message.ShouldContain("several models (model, second)");
        Directory.CreateDirectory(_folder["empty"]);
        Should.Throw<TSpinException>(() => Compare("empty", "b")).Message.ShouldContain("holds no evaluation");
        Should.Throw<TSpinException>(() => Compare("missing", "b")).Message.ShouldContain("there is no such folder");
        Should.Throw<TSpinException>(() => Compare("b", "b", "--flips", "-1")).Message.ShouldContain("--flips -1");
        Should.Throw<TSpinException>(() =>
            Compare("b", "b", "--tasks", "arc")).Message.ShouldContain("has no task arc; it has arc_easy");
        Should.Throw<TSpinException>(() =>
            Compare("b", "b", "--judge", "true")).Message.ShouldContain("nothing to judge");
        File.AppendAllText(Directory.GetFiles(_folder["b", "model"], "samples_*")[0], "{}\n");
        Should.Throw<TSpinException>(() => Compare("b", "b")).Message.ShouldContain(".jsonl:5: is no sample");
    }

    [Fact]
    public void The_newest_of_several_evaluations_counts()
    {
        Sums("a", 4, i => "x");
        var older = Directory.GetFiles(_folder["a", "model"], "samples_*")[0];
        File.Move(older, _folder["a", "model", "samples_gsm8k_2020-01-01T00-00-00.000000.jsonl"]);
        Sums("a", 4, i => $"#### {i + 1}");
        Sums("b", 4, i => $"#### {i + 1}");
        var (_, output) = Compare("a", "b");
        output.ShouldContain("gsm8k was evaluated 2 times; the newest is taken");
        output.ShouldContain("|exact_match,strict-match|100.0|100.0|+0.0|");
    }

    [Fact]
    public void A_judge_of_pairs_sees_the_answers_in_both_orders()
    {
        Sums("a", 8, i => "short");
        Sums("b", 8, i => i < 6 ? "a longer one" : "short");
        File.WriteAllText(_folder["judge.py"],
            "import sys, json\nfor line in sys.stdin:\n    row = json.loads(line)\n    a, b = len(row['answer_a']), len(row['answer_b'])\n    print(1 if a > b else 0.5 if a == b else 0)\n");
        Compare("a", "b", "--judge", $"python3 {_folder["judge.py"]}").Output.ShouldContain(
            "judge (the answers change places in every second row): B wins 87.5% ±16.0 of 8 (A 0, ties 2, B 6; p 0.0313): B is better\n");
        // One that always takes the first.
        var json = JsonElement.Parse(Compare("a", "b", "--json", "--judge", "sed 's/.*/1/'").Output)
            .GetProperty("judge");
        json.GetProperty("wins_a").GetInt32().ShouldBe(4);
        json.GetProperty("share_b").GetDouble().ShouldBe(0.5);
        Should.Throw<TSpinException>(() =>
            Compare("a", "b", "--judge", "sed 's/.*/2/'")).Message.ShouldContain("printed 2 in line 1");
        Should.Throw<TSpinException>(() =>
            Compare("a", "b", "--judge", "sleep 60", "--judge-timeout", "0.3")).Message.ShouldContain(
            "did not end within 0.3 seconds");
    }

    private (int Code, string Output) Compare(string a, string b, params string[] further) =>
        InvokedVerb.Invoke(CompareCommand.Create(), [_folder[a], _folder[b], .. further]);

    private void Sums(string folder, int rows, Func<int, string> answer, int shots = 0, int first = 0,
        string model = "model")
    {
        var data = Enumerable.Range(first, rows)
            .Select(i => Rows.One($$"""{"question": "{{i}}+1?", "answer": "#### {{i + 1}}"}""")).ToArray();
        var settings = new HarnessSettings { Shots = shots };
        var asked = AskedTask.Of(new Gsm8kFewShotTask(), data, data, settings, null);
        var figures = Enumerable.Range(0, rows).Select(_ => new AnswerFigures(5, false, 0, folder == "b" ? -4 : -8, 4))
            .ToArray();
        var outcome = TaskOutcome.OfAnswers(asked, [.. Enumerable.Range(0, rows).Select(answer)], figures);
        HarnessFiles.Write(_folder[folder], model, settings, [outcome], [], null, DateTimeOffset.UnixEpoch);
    }

    private void Choices(string folder, int rows, Func<int, bool> right)
    {
        var data = Enumerable.Range(0, rows)
            .Select(i => Rows.One(
            $$"""{"question": "{{i}}", "choices": {"text": ["no", "yes"], "label": ["A", "B"]}, "answerKey": "B"}"""))
            .ToArray();
        var settings = new HarnessSettings { Shots = 0 };
        var asked = AskedTask.Of(new ArcTask("arc_easy", "ARC", 0), data, [], settings, null);
        var outcome =
            TaskOutcome.OfChoices(asked,
            [.. Enumerable.Range(0, rows)
            .Select(i => (IReadOnlyList<ContinuationScore>)Rows.Scores(-2, right(i) ? -1 : -9))]);
        HarnessFiles.Write(_folder[folder], "model", settings, [outcome], [], null, DateTimeOffset.UnixEpoch);
    }
}
