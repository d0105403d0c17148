using Shouldly;
using TSpin.Checkpoints;
using TSpin.Tuning;
using Xunit;

namespace TSpin.Tests.Tuning;

/// <summary>What a later start of tuning makes of what earlier ones finished.</summary>
public sealed class TuneResumeTests
{
    private const int Questions = 12;

    [Fact]
    public void All_that_was_finished_is_chosen_from_before_anything_is_tried()
    {
        using var tiny = new TinyTune();
        var settings = tiny.Settings("tuned") with { Task = tiny["choices.yaml"] };
        var rates = TuneWorld.Of(settings).Of(TuneKind.Sft, null);
        Finish(settings, new TuneCandidate(TuneKind.Base), right: 0);
        Finish(settings, rates[2], right: 9);
        // Stopped in the first rate, which stands before the finished one.
        var result = UntilStarted(settings);
        result.Chosen.Candidate.ShouldBe(rates[2]);
        File.ReadAllText(tiny["tuned", "model", "marker"]).ShouldBe(rates[2].Name);
    }

    [Fact]
    public void Self_play_that_went_on_from_another_start_stays_a_candidate()
    {
        using var tiny = new TinyTune();
        var settings = tiny.Settings("tuned") with { Task = tiny["choices.yaml"] };
        var world = TuneWorld.Of(settings);
        var rates = world.Of(TuneKind.Sft, null);
        var before = world.Of(TuneKind.SftThenTSpin, rates[0])[0];
        Finish(settings, new TuneCandidate(TuneKind.Base), right: 0);
        Finish(settings, rates[0], right: 5);
        Finish(settings, before, right: 12);
        // More minutes found a better start.
        Finish(settings, rates[1], right: 4);
        Finish(settings, rates[2], right: 8);
        var result = UntilStarted(settings, out var started);
        started.Start.ShouldBe(rates[2]);
        result.Chosen.Candidate.ShouldBe(before);
        File.ReadAllText(tiny["tuned", "model", "marker"]).ShouldBe(before.Name);
    }

    [Fact]
    public void What_diverged_is_not_tried_again()
    {
        using var tiny = new TinyTune();
        var settings = tiny.Settings("tuned") with { Task = tiny["choices.yaml"] };
        var rates = TuneWorld.Of(settings).Of(TuneKind.Sft, null);
        Finish(settings, new TuneCandidate(TuneKind.Base), right: 3);
        using (var stop = new CancellationTokenSource())
        {
            TuneCandidate? now = null;
            TinyTune.Run(settings, value =>
            {
                now = value is TuneStarted started ? started.Candidate : now;
                if (value is TuneMoved && now == rates[0])
                {
                    throw new TSpinException("the loss is no number") { ExitCode = 4 };
                }

                if (now == rates[1])
                {
                    stop.Cancel();
                }
            }, cancellation: stop.Token);
        }

        UntilStarted(settings, out var begun).Trials[1].Reason.ShouldBe("it diverged: the loss is no number");
        begun.ShouldBe(rates[1]);
    }

    [Fact]
    public void Where_a_checkpoint_is_missing_the_old_model_stays_and_left_overs_go()
    {
        using var tiny = new TinyTune();
        var settings = tiny.Settings("tuned") with { Task = tiny["choices.yaml"] };
        var rates = TuneWorld.Of(settings).Of(TuneKind.Sft, null);
        Finish(settings, new TuneCandidate(TuneKind.Base), right: 0);
        Finish(settings, rates[0], right: 12);
        var checkpoint = new RunFolder(FolderOf(settings, rates[0])).Checkpoint(0);
        Directory.Move(checkpoint, tiny["away"]);
        Directory.CreateDirectory(tiny["tuned", "model"]);
        File.WriteAllText(tiny["tuned", "model", "old"], "");
        Should.Throw<TSpinException>(() => UntilStarted(settings)).Message.ShouldContain(checkpoint);
        File.Exists(tiny["tuned", "model", "old"]).ShouldBeTrue();

        Directory.Move(tiny["away"], checkpoint);
        Directory.CreateDirectory(tiny["tuned", "model.4194305.tmp"]);
        UntilStarted(settings);
        Directory.GetDirectories(tiny["tuned"], "model*").ShouldBe([tiny["tuned", "model"]]);
        Directory.GetFiles(tiny["tuned", "model"]).ShouldBe([tiny["tuned", "model", "marker"]]);

        // Killed between two renames: what was there is put back at the next start.
        Directory.Move(tiny["tuned", "model"], tiny["tuned", "model.old.tmp"]);
        Should.Throw<TSpinException>(() => TinyTune.Run(settings with { Minutes = 1e-9 }));
        File.Exists(tiny["tuned", "model", "marker"]).ShouldBeTrue();
    }

    [Fact]
    public void Other_content_under_the_same_name_is_refused()
    {
        using var tiny = new TinyTune();
        File.WriteAllText(tiny["judge.py"], "print(1)");
        var settings = tiny.Settings("tuned") with { Task = tiny["choices.yaml"], Judge = $"python3 '{tiny["judge.py"]}'" };
        Finish(settings, new TuneCandidate(TuneKind.Base), right: 3);
        UntilStarted(settings);
        foreach (var file in new[] { tiny["model", "model.safetensors"], tiny["choices.yaml"], tiny["choices.jsonl"], tiny["judge.py"] })
        {
            var before = File.ReadAllBytes(file);
            File.WriteAllBytes(file, [.. before, (byte)'\n']);
            Should.Throw<TSpinException>(() => UntilStarted(settings), file).Message
                .ShouldStartWith($"{file}: changed since {settings.Output} was begun");
            File.WriteAllBytes(file, before);
        }

        UntilStarted(settings);
    }

    private static TuneResult UntilStarted(TuneSettings settings) => UntilStarted(settings, out _);

    // Stops when the first trial begins.
    private static TuneResult UntilStarted(TuneSettings settings, out TuneCandidate started)
    {
        using var stop = new CancellationTokenSource();
        TuneCandidate? first = null;
        var result = TinyTune.Run(settings, value =>
        {
            if (value is TuneStarted begun)
            {
                first = begun.Candidate;
                stop.Cancel();
            }
        }, cancellation: stop.Token);
        started = first.ShouldNotBeNull();
        return result;
    }

    // As if it had been tried: so many right answers, and the weights of every iteration.
    private static void Finish(TuneSettings settings, TuneCandidate candidate, int right)
    {
        var folder = FolderOf(settings, candidate);
        var scores = new TuneScores([.. Enumerable.Range(0, Questions).Select(i => i < right ? 1.0 : 0)], 0, 3);
        var iterations = Math.Max(1, TuneWorld.IterationsOf(candidate));
        new TuneOutcome(1, [.. Enumerable.Repeat(scores, iterations)], []).Write(folder);
        for (var iteration = 0; candidate.IsTrained && iteration < iterations; iteration++)
        {
            var checkpoint = Directory.CreateDirectory(new RunFolder(folder).Checkpoint(iteration)).FullName;
            File.WriteAllText(Path.Combine(checkpoint, "marker"), candidate.Name);
        }
    }

    private static string FolderOf(TuneSettings settings, TuneCandidate candidate) =>
        Path.GetFullPath(Path.Combine(settings.Output, "trials", candidate.Name));
}
