using Shouldly;
using TSpin.Generation;
using TSpin.Objectives;
using TSpin.Recipes;
using TSpin.SelfPlay;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.SelfPlay;

public sealed class ResumeTests
{
    private const string TrainingState = "training-state.safetensors";

    [Theory]
    [InlineData("tspin", DType.Float32, 0)]
    [InlineData("tspin-ref", DType.BFloat16, 1)]
    [InlineData("sft", DType.BFloat16, 3)]
    public void A_run_killed_at_any_event_ends_as_if_undisturbed(string word, DType stored, int saveEverySteps)
    {
        var method = Methods.Named(word);
        using var tiny = new TinyRun(stored);
        var recipe = WithSaves(tiny.Recipe(method), saveEverySteps);
        var moments = new List<string>();
        var run = tiny["run"];
        tiny.Run(recipe, "run", value =>
        {
            moments.Add(value.ToString());
            TinyRun.Snapshot(run, tiny[$"killed-{moments.Count - 1}"]);
        });

        var undisturbed = TinyRun.Outcome(run);
        undisturbed.Keys.ShouldNotContain(name => name.Contains(TrainingState, StringComparison.Ordinal));
        moments.Count.ShouldBeGreaterThan(12);
        for (var i = 0; i < moments.Count; i++)
        {
            tiny.Run(recipe, $"killed-{i}");
            TinyRun.Outcome(tiny[$"killed-{i}"]).ShouldBe(undisturbed, $"killed at {moments[i]}");
        }
    }

    [Fact]
    public void A_kill_in_the_middle_of_a_write_leaves_nothing_that_stays()
    {
        using var tiny = new TinyRun();
        var recipe = WithSaves(tiny.Recipe(), 1);
        var moment = 0;
        tiny.Run(recipe, "run", value =>
        {
            if (value is Stepped { Iteration: 1, Metrics.Step: 3 })
            {
                TinyRun.Snapshot(tiny["run"], tiny["killed"]);
                moment++;
            }
        });

        moment.ShouldBe(1);
        // Half a line in every log, and the half-written folder of a checkpoint.
        foreach (var log in (string[])["metrics.jsonl", "triplets-metrics.jsonl"])
        {
            File.AppendAllText(tiny["killed", "iteration-01", log], """{"step":4,"steps":""");
        }

        Directory.CreateDirectory(tiny["killed", "iteration-01", "checkpoint.12345.tmp"]);
        File.WriteAllText(tiny["killed", "iteration-01", "checkpoint.12345.tmp", "config.json"], "{");
        tiny.Run(recipe, "killed");
        TinyRun.Outcome(tiny["killed"]).ShouldBe(TinyRun.Outcome(tiny["run"]));
    }

    [Fact]
    public void A_kill_inside_generation_repeats_no_finished_wave()
    {
        using var tiny = new TinyRun();
        // Twelve prompts one by one are a wave of eight and a wave of four.
        File.AppendAllLines(tiny.Train, File.ReadAllLines(tiny.Train).Select((line, i) => line.Replace("{\"question\": \"", $"{{\"question\": \"{i} and ", StringComparison.Ordinal)));
        var recipe = tiny.Recipe() with { Generation = new GenerationSettings { MaxNewTokens = 8, BatchSize = 1 } };
        tiny.Run(recipe, "run");
        // The second start of a run that was killed during its second wave: one wave and a half line.
        var lines = File.ReadAllLines(tiny["run", "iteration-01", "responses.jsonl"]);
        tiny.Run(recipe, "killed", value =>
        {
            if (value is StageStarted { Iteration: 1, Stage: "synthetic responses" })
            {
                TinyRun.Snapshot(tiny["killed"], tiny["second"]);
            }
        });
        Directory.CreateDirectory(tiny["second", "iteration-01"]);
        File.WriteAllText(tiny["second", "iteration-01", "responses.jsonl"], string.Join('\n', lines[..WavePlan.BatchesPerWave]) + "\n" + lines[WavePlan.BatchesPerWave][..20]);
        File.Copy(tiny["run", "iteration-01", "responses.json"], tiny["second", "iteration-01", "responses.json"]);
        var finished = new List<int>();
        tiny.Run(recipe, "second", value => { if (value is Generated { Iteration: 1 } generated) { finished.Add(generated.Progress.Done); } });
        lines.Length.ShouldBe(12);
        finished[0].ShouldBeGreaterThanOrEqualTo(WavePlan.BatchesPerWave);
        TinyRun.Outcome(tiny["second"]).ShouldBe(TinyRun.Outcome(tiny["run"]));
    }

    [Fact]
    public void A_run_cancelled_at_any_event_says_so_and_ends_the_same()
    {
        using var tiny = new TinyRun(DType.BFloat16);
        var recipe = tiny.Recipe(Methods.Spin);
        var events = 0;
        var undisturbed = TinyRun.Outcome(tiny.Run(recipe, "run", _ => events++));
        var stopped = 0;
        for (var at = 0; at < events; at++)
        {
            var name = $"stopped-{at}";
            stopped += Cancelled(tiny, recipe, name, at) ? 1 : 0;
            tiny.Run(recipe, name);
            TinyRun.Outcome(tiny[name]).ShouldBe(undisturbed, $"cancelled at event {at}");
        }

        // Only the events after which no safe point is left may end in a finished run.
        stopped.ShouldBeGreaterThan(events - 5);
    }

    [Fact]
    public void A_run_stopped_after_every_step_gets_to_its_end()
    {
        using var tiny = new TinyRun(DType.BFloat16);
        var recipe = tiny.Recipe(Methods.TSpinRef);
        var undisturbed = TinyRun.Outcome(tiny.Run(recipe, "run"));
        var starts = 1;
        while (StoppedAfterAStep())
        {
            (++starts).ShouldBeLessThan(20);
        }

        // Eight steps; the last of an iteration is followed by its checkpoint before the stop.
        starts.ShouldBeGreaterThan(6);
        TinyRun.Outcome(tiny["stopped"]).ShouldBe(undisturbed);

        bool StoppedAfterAStep()
        {
            using var stop = new CancellationTokenSource();
            try
            {
                tiny.Run(recipe, "stopped", value => { if (value is Stepped) { stop.Cancel(); } }, stop.Token);
                return false;
            }
            catch (OperationCanceledException)
            {
                return true;
            }
        }
    }

    [Fact]
    public void An_alarm_is_raised_once_also_by_a_run_that_was_killed()
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe();
        recipe = recipe with { Objective = recipe.Objective with { Alpha = 1 }, Training = recipe.Training with { LearningRate = [1e-2], Epochs = 5, SaveEverySteps = 4 } };
        tiny.Run(recipe, "run", value =>
        {
            if (value is Stepped { Metrics.Step: 5 or 7 or 10 } step)
            {
                TinyRun.Snapshot(tiny["run"], tiny[$"killed-{step.Iteration}-{step.Metrics.Step}"]);
            }
        });
        File.ReadAllLines(tiny["run", "alarms.jsonl"]).Length.ShouldBeGreaterThan(1);
        foreach (var killed in Directory.GetDirectories(tiny["."], "killed-*").Select(folder => Path.GetFileName(folder)))
        {
            tiny.Run(recipe, killed);
            TinyRun.Outcome(tiny[killed]).ShouldBe(TinyRun.Outcome(tiny["run"]), killed);
        }
    }

    [Fact]
    public void A_finished_run_started_again_does_nothing()
    {
        using var tiny = new TinyRun(DType.BFloat16);
        var before = TinyRun.Outcome(tiny.Run(tiny.Recipe(), "run"));
        var manifest = File.ReadAllText(tiny["run", "manifest.json"]);
        var stages = new List<StageStarted>();
        tiny.Run(tiny.Recipe(), "run", value =>
        {
            value.ShouldNotBeOfType<Stepped>();
            if (value is StageStarted stage)
            {
                stages.Add(stage);
            }
        });
        stages.ShouldAllBe(stage => stage.AlreadyDone);
        TinyRun.Outcome(tiny["run"]).ShouldBe(before);
        File.ReadAllText(tiny["run", "manifest.json"]).ShouldBe(manifest);
    }

    [Fact]
    public void Steps_too_small_for_bfloat16_add_up_over_iterations()
    {
        // In bfloat16 a step of 1e-6 on weights of 0.2 is nothing; the float32 masters keep it, also from one iteration to the next.
        using var tiny = new TinyRun(DType.BFloat16);
        var recipe = tiny.Recipe(Methods.Sft);
        recipe = recipe with { Training = recipe.Training with { LearningRate = [1e-6], Iterations = 3 } };
        var logProbs = new List<double>();
        tiny.Run(recipe, "run", value => { if (value is Stepped { Metrics.Step: 1 or 2 } step) { logProbs.Add(step.Metrics.LogProbPerTokenAnnotated); } });
        var epochs = Enumerable.Range(0, 3).Select(t => Epoch(logProbs, t)).ToArray();
        epochs[1].ShouldBeGreaterThan(epochs[0]);
        epochs[2].ShouldBeGreaterThan(epochs[1]);

        static double Epoch(List<double> values, int iteration) => values[2 * iteration] + values[(2 * iteration) + 1];
    }

    private static bool Cancelled(TinyRun tiny, Recipe recipe, string name, int atEvent)
    {
        using var stop = new CancellationTokenSource();
        var seen = 0;
        try
        {
            tiny.Run(recipe, name, _ => { if (seen++ == atEvent) { stop.Cancel(); } }, stop.Token);
            return false;
        }
        catch (OperationCanceledException)
        {
            File.ReadAllText(tiny[name, "run.json"]).ShouldContain("\"stopped\"");
            File.Exists(tiny[name, "report.html"]).ShouldBeTrue();
            return true;
        }
    }

    private static Recipe WithSaves(Recipe recipe, int every) => recipe with { Training = recipe.Training with { SaveEverySteps = every } };
}
