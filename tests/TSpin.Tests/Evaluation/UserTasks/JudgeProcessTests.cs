using System.Diagnostics;
using Shouldly;
using TSpin.Evaluation.Harness;
using TSpin.Evaluation.UserTasks;
using TSpin.Randomness;
using TSpin.Recipes;
using Xunit;

namespace TSpin.Tests.Evaluation.UserTasks;

/// <summary>Judges of the user's own, good and bad ones: scripts of <c>sh</c>.</summary>
public sealed class JudgeProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_judge_gets_a_line_for_each_answer_and_gives_a_score_for_each()
    {
        File.WriteAllLines(_folder["rows.jsonl"],
            ["""{"q": "Say \"é\"", "a": "é"}""", """{"q": "two\nlines", "a": "b"}"""]);
        File.WriteAllText(_folder["judge"],
            "#!/bin/sh\ntee seen.jsonl | while read -r line; do case \"$line\" in *'answer\": \"é'*|*'answer\":\"é'*) echo 0.75;; *) echo ' -2 ';; esac; done\necho\n");
        File.WriteAllText(_folder["task.yaml"],
            "data: rows.jsonl\ndoc_to_text: q\ndoc_to_target: a\nmetric: {command: sh ./judge, name: taste, higher_is_better: false}\n");
        var task = TaskFile.Read(_folder["task.yaml"]);
        var asked = AskedTask.Of(task, new DatasetFolder("."), new HarnessSettings(), null, new PythonRandom(0));
        var outcome = TaskOutcome.OfAnswers(asked, [" é ", "no"]);
        outcome.Metrics.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            metric => metric.Key.ShouldBe("taste,none"), metric => metric.Value.ShouldBe(-0.625),
                metric => metric.StandardError!.Value.ShouldBe(1.375, 1e-12));
        task.Metrics[0].HigherIsBetter.ShouldBeFalse();
        File.ReadAllLines(_folder["seen.jsonl"])
            .ShouldBe(["""{"prompt":"Say \"é\"","answer":"é","reference":"é"}""",
            """{"prompt":"two\nlines","answer":"no","reference":"b"}"""]);
    }

    [Theory]
    [InlineData("echo 1; echo 2 ", "printed 2 scores for 3 answers")]
    [InlineData("seq 100000", "printed 100000 scores for 3 answers")]
    [InlineData("echo 1; echo; echo 1; echo 1", "printed nothing in line 2")]
    [InlineData("echo 1; echo nan; echo 1", "printed \"nan\" in line 2, which is no finite number")]
    [InlineData("echo 1; echo Infinity; echo 1", "no finite number")]
    [InlineData("echo score: 1; echo 2; echo 3", "printed \"score: 1\" in line 1, which is no number")]
    [InlineData("cat >/dev/null; echo 1; echo 'no model' >&2; exit 3",
        "ended with exit code 3 after 1 of 3 scores; its last words on standard error:\n  no model\n")]
    [InlineData("kill -9 $$", "ended with exit code 137")]
    [InlineData("./missing", "could not be run (exit code 127)")]
    public void A_bad_judge_is_refused_with_what_helps(string command, string message)
    {
        var error = Should.Throw<TSpinException>(() => Ask(command, 3)).Message;
        error.ShouldContain(message);
        error.ShouldStartWith("task.yaml: metric.command: the judge ");
    }

    [Fact]
    public void A_judge_that_hangs_is_killed_with_its_children()
    {
        var clock = Stopwatch.StartNew();
        var error = Should.Throw<TSpinException>(() =>
            Ask("sleep 77 & echo $! >child; echo waiting >&2; echo 1; wait", 2, seconds: 0.5)).Message;
        error.ShouldContain("did not end within 0.5 seconds and was killed, after 1 of 2 scores");
        error.ShouldContain("waiting");
        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20));
        var child = int.Parse(File.ReadAllText(_folder["child"]).Trim());
        // Nobody may have fetched its end yet.
        var state = File.Exists($"/proc/{child}/stat") ? File.ReadAllText($"/proc/{child}/stat").Split(' ')[2] : "gone";
        state.ShouldBeOneOf("gone", "Z", "X");
    }

    [Fact]
    public void Large_inputs_and_outputs_do_not_deadlock()
    {
        // More than a pipe holds on all three at once: it writes before it reads.
        var scores = Ask("head -c 300000 /dev/zero | tr '\\0' 'e' >&2; seq 20000; cat >/dev/null", 20000,
            line: new string('x', 100));
        scores.Count.ShouldBe(20000);
        scores[^1].ShouldBe(20000);
        // One that does not read at all may score nevertheless.
        Ask("exec <&-; seq 20000", 20000, line: new string('x', 100)).Count.ShouldBe(20000);
    }

    [Fact]
    public void A_child_that_keeps_the_output_open_does_not_hold_the_scores() => Ask("seq 2; sleep 5 &", 2)
        .ShouldBe([1, 2]);

    [Fact]
    public void Cancelling_stops_it()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        Should.Throw<OperationCanceledException>(() =>
            new JudgeProcess("sleep 60", _folder.Path, TimeSpan.FromMinutes(1), "x").Ask(["{}"], stop.Token));
    }

    private IReadOnlyList<double> Ask(string command, int answers, double seconds = 30, string line = "{}") =>
        new JudgeProcess(command, _folder.Path, TimeSpan.FromSeconds(seconds), "task.yaml: metric.command")
            .Ask([.. Enumerable.Repeat(line, answers)]);
}
