using Shouldly;
using TSpin.Checkpoints;
using TSpin.Files;
using TSpin.Logging;
using TSpin.Optimization;
using TSpin.Recipes;
using TSpin.SelfPlay;
using TSpin.TensorBoard;
using Xunit;

namespace TSpin.Tests.SelfPlay;

/// <summary>TensorBoard's events of a run: whatever interrupts it, each value stands once, and says what the run's own
/// logs say.</summary>
public sealed class RunEventLogTests
{
    [Fact]
    public void A_run_killed_at_any_event_has_every_value_once()
    {
        using var tiny = new TinyRun();
        var recipe = Logged(tiny.Recipe()) with { Training = tiny.Recipe().Training with { SaveEverySteps = 3 } };
        var moments = new List<string>();
        tiny.Run(recipe, "run", value =>
        {
            if (value is TrainingStarts or Stepped { Iteration: 1 } or Evaluated { Iteration: >= 0 } or Noticed { IsAlarm: true, Iteration: 1 })
            {
                moments.Add($"{value}");
                TinyRun.Snapshot(tiny["run"], tiny[$"killed-{moments.Count - 1}"]);
            }
        });

        var undisturbed = Values(tiny["run"]);
        undisturbed.Where(value => value.Tag == StepScalars.Loss).Select(value => value.Step)
            .ShouldBe(Enumerable.Range(1, 8).Select(step => (long)step));
        undisturbed.ShouldBeUnique();
        foreach (var tag in (string[])["train/current_advantage", "log_prob/synthetic", "responses/cut_share",
            "samples/0/text_summary", "_hparams_/experiment", "_hparams_/session_end_info"])
        {
            undisturbed.ShouldContain(value => value.Tag == tag, tag);
        }

        moments.Count.ShouldBeGreaterThan(7);
        undisturbed.Count(value => value.Tag == "evaluation/gsm8k/greedy_strict").ShouldBe(3);
        for (var i = 0; i < moments.Count; i++)
        {
            var run = tiny.Run(recipe, $"killed-{i}");
            Values(run).ShouldBe(undisturbed, moments[i]);
            AsTensorBoard(run).ShouldBe(undisturbed, moments[i]);
        }
    }

    [Fact]
    public void The_values_are_those_of_the_runs_own_log()
    {
        using var tiny = new TinyRun();
        var run = tiny.Run(Logged(tiny.Recipe()), "run");
        var losses = Enumerable.Range(0, 2)
            .SelectMany(t => JsonLinesReader.Read<StepMetrics>(new RunFolder(run).Metrics(t)))
            .Select(step => (float)step.Loss);
        Records(run).SelectMany(record => record.Values).Where(value => value.Tag == StepScalars.Loss)
            .Select(value => value.Scalar!.Value).ShouldBe(losses);
        var text = Records(run).SelectMany(record => record.Values)
            .First(value => value.Tag == "samples/0/text_summary").Texts[0];
        text.ShouldContain("Ann has");
        text.ShouldContain("y0");
    }

    [Fact]
    public void Logging_may_be_turned_on_later_and_then_begins_at_the_first_step()
    {
        using var tiny = new TinyRun();
        using var stop = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => tiny.Run(tiny.Recipe(), "run", value =>
        {
            if (value is Stepped { Iteration: 1, Metrics.Step: 2 })
            {
                stop.Cancel();
            }
        }, stop.Token));
        EventFile.In(tiny["run"]).ShouldBeEmpty();
        tiny.Run(Logged(tiny.Recipe()), "run");
        Values(tiny["run"]).Where(value => value.Tag == StepScalars.Loss).Select(value => value.Step)
            .ShouldBe(Enumerable.Range(1, 8).Select(step => (long)step));
    }

    [Fact]
    public void Events_that_cannot_be_written_do_not_stop_the_run()
    {
        using var tiny = new TinyRun();
        Directory.CreateDirectory(tiny["run", EventFile.Prefix + "0000000001.a-folder-in-the-way"]);
        Directory.CreateDirectory(tiny["run"]);
        File.CreateSymbolicLink(tiny["run", EventFile.Prefix + "0000000002.gone"], tiny["nowhere"]);
        var notices = new List<string>();
        tiny.Run(Logged(tiny.Recipe()), "run", value =>
        {
            if (value is Noticed notice)
            {
                notices.Add(notice.Text);
            }
        });
        notices.Count(text => text.Contains("TensorBoard events could not be written", StringComparison.Ordinal))
            .ShouldBe(1);
        File.Exists(new RunFolder(tiny["run"]).Report).ShouldBeTrue();
    }

    private static Recipe Logged(Recipe recipe) => recipe with { Logging = new LoggingSettings { Tensorboard = true } };

    private static IEnumerable<EventRecord> Records(string run) => EventFile.In(run).SelectMany(EventFile.Read);

    private static (string Tag, long Step)[] Values(string run) => Sorted(Records(run));

    // What TensorBoard makes of a second version of files that it read before: at a session's start it forgets that
    // step and later ones.
    private static (string Tag, long Step)[] AsTensorBoard(string run)
    {
        var known = new List<EventRecord>();
        foreach (var record in Records(run))
        {
            if (record.StartsSession)
            {
                known.RemoveAll(earlier => earlier.Step >= record.Step);
            }

            known.Add(record);
        }

        return Sorted(known);
    }

    private static (string Tag, long Step)[] Sorted(IEnumerable<EventRecord> records) =>
        [.. records.SelectMany(record => record.Values.Select(value => (value.Tag, record.Step)))
            .OrderBy(value => value.Tag, StringComparer.Ordinal).ThenBy(value => value.Step)];
}
