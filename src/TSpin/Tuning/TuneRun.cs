using TSpin.Checkpoints;
using TSpin.Files;
using TSpin.SelfPlay;
using TSpin.Studies;

namespace TSpin.Tuning;

/// <summary>
/// The best model of some annotated examples, and how sure that is: tries candidates while the time lasts, cheap ones
/// first, and chooses by what was held out. Everything lands in one folder; started again it goes on there and repeats
/// no finished trial.
/// </summary>
/// <param name="settings">Examples, model, time.</param>
/// <param name="progress">Whoever watches.</param>
/// <param name="clock">Tells the time. Default: the system's.</param>
public sealed class TuneRun(TuneSettings settings, IProgress<TuneEvent>? progress = null, TimeProvider? clock = null)
{
    // A trial that began is given up only when it would clearly not end in time.
    private const double Patience = 1.2;
    private static readonly TimeSpan BetweenSaves = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private long _begun;
    private long _saved;

    /// <summary>How fast the machine is. Default null: it is measured.</summary>
    internal Func<TuneWorld, TunePace>? Pace { get; init; }

    /// <summary>Says what would be tried, and how long it would take. Of the model a few seconds are measured.</summary>
    /// <param name="cancellation">Stops.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="TSpinException">As for <see cref="Run"/>.</exception>
    public TunePlan Plan(CancellationToken cancellation = default)
    {
        var isNew = !Directory.Exists(settings.Output);
        try
        {
            var world = TuneWorld.Of(settings);
            var pace = Measure(world, cancellation);
            (TuneCandidate, double)[] candidates = [.. TriedSoFar.Order.SelectMany(kind => world.Of(kind, null))
                .Select(candidate => (candidate, world.SecondsOf(candidate, pace)))];
            return new TunePlan(world.Sentences, candidates,
                candidates.Max(candidate => world.FinalSecondsOf(candidate.Item1, pace)), settings.Minutes);
        }
        finally
        {
            if (isNew && Directory.Exists(settings.Output))
            {
                Directory.Delete(settings.Output, recursive: true);
            }
        }
    }

    /// <summary>Tries, chooses, and writes the result.</summary>
    /// <param name="cancellation">Stops at the next safe point; the best so far is then the result.</param>
    /// <returns>The result.</returns>
    /// <exception cref="TSpinException">Bad input; too little time for anything; other settings than the folder was begun
    /// with.</exception>
    /// <exception cref="OperationCanceledException">Stopped before there was anything to choose.</exception>
    public TuneResult Run(CancellationToken cancellation = default)
    {
        WritableFolder.Require(settings.Output, "what is tuned");
        using var held = FolderLock.Acquire(settings.Output);
        _begun = _saved = _clock.GetTimestamp();
        var world = TuneWorld.Of(settings);
        foreach (var sentence in world.Sentences)
        {
            progress?.Report(new TuneSaid(sentence));
        }

        Save(world);
        var trials = new TuneTrials(settings, world);
        var output = new TuneOutput(settings, world, trials);
        output.Mend();
        var tried = new TriedSoFar(world, trials, settings.Seed);
        tried.ReadFinished();
        try
        {
            var pace = Measure(world, cancellation);
            RequireTime(world, pace);
            TryAll(world, trials, tried, output, pace, cancellation);
            var result = tried.Choose(Spent(world), isComplete: true);
            output.WriteModel(result, () => Final(world, trials, pace, result, cancellation));
            result = result with { SpentSeconds = Spent(world) };
            output.WriteReport(result);
            return result;
        }
        catch (OperationCanceledException) when (
            tried.Measured.Any(trial => trial.Candidate.Kind == TuneKind.Base))
        {
            var result = tried.Choose(Spent(world), isComplete: false);
            // Without the last training on all examples: of folds the first one's model stands for it.
            output.WriteModel(result, () => trials.CheckpointOf(result.Chosen, 0));
            output.WriteReport(result);
            return result;
        }
        finally
        {
            Save(world);
        }
    }

    private void TryAll(TuneWorld world, TuneTrials trials, TriedSoFar tried, TuneOutput output, TunePace pace,
        CancellationToken cancellation)
    {
        var most = TriedSoFar.Order.Sum(kind => world.Of(kind, null).Count);
        var number = 0;
        foreach (var kind in TriedSoFar.Order)
        {
            var start = kind == TuneKind.SftThenTSpin ? tried.BestOf(TuneKind.Sft) : null;
            var own = world.Of(kind, start?.Candidate);
            foreach (var candidate in own.Union(tried.FinishedOf(kind)))
            {
                number++;
                var trial = kind == TuneKind.SftThenTSpin && start is null && candidate.Start is null
                    ? NotTried("no SFT that it could go on from was finished") : One(candidate, start, number);
                tried.Add(trial, kind);
                if (trial is { Result: { } found, Candidate.Kind: TuneKind.Base } && found.AnswerTokens > 0)
                {
                    pace = pace.WithAnswers(found.AnswerTokens);
                }

                if (trial.Result is not null)
                {
                    output.WriteReport(tried.Choose(Spent(world), isComplete: false));
                }

                TuneTrial NotTried(string reason) =>
                    Skip(new TuneTrial(candidate, trials.FolderOf(candidate), null, Reason: reason));
            }
        }

        TuneTrial One(TuneCandidate candidate, TuneTrial? start, int at)
        {
            var folder = trials.FolderOf(candidate);
            if (tried.Known(folder) is { } known)
            {
                return known.Result is null ? Skip(known) : Finished(tried, known, wasDone: true);
            }

            var predicted = world.SecondsOf(candidate, pace);
            var left = Left(world) - Reserve(world, tried, candidate, pace);
            // Without the base there is nothing to compare with.
            if (predicted > left && candidate.Kind != TuneKind.Base)
            {
                return Skip(new TuneTrial(candidate, folder, null,
                    Reason: $"no time left: it would take about {TunePlan.Shown(predicted)}, and {TunePlan.Shown(left)} are left"));
            }

            progress?.Report(new TuneStarted(candidate, at, most, predicted, Left(world)));
            return Try(world, trials, tried, pace, candidate, start, left, cancellation);
        }
    }

    private TuneTrial Try(TuneWorld world, TuneTrials trials, TriedSoFar tried, TunePace pace, TuneCandidate candidate,
        TuneTrial? start, double left, CancellationToken cancellation)
    {
        var (folder, runs) = (trials.FolderOf(candidate), world.Split.Validations.Count);
        var isResumed = Directory.Exists(folder);
        var stages = world.StagesOf(candidate, pace);
        double Seconds(TuneWork work) => pace.Seconds(work, candidate.Kind, 0);
        var trialClock = new TrialClock(
            (Seconds(stages.Generation), Seconds(stages.Training), Seconds(stages.Evaluation)),
                TuneWorld.IterationsOf(candidate), runs, _clock);
        var begun = _clock.GetTimestamp();
        using var givenUp = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var reason = "";
        var watch = new Relay<RunEvent>(value =>
        {
            Move(world, trialClock, value, begun, world.SecondsOf(candidate, pace));
            if (_clock.GetElapsedTime(_saved) > BetweenSaves)
            {
                Save(world);
            }

            if (trialClock.Total is { } foreseen && foreseen > Patience * left && reason.Length == 0
                && candidate.Kind != TuneKind.Base)
            {
                reason = $"given up: it would have taken about {TunePlan.Shown(foreseen)}, and {TunePlan.Shown(left)} were left when it began";
                givenUp.Cancel();
            }
        });
        try
        {
            var (iterations, alarms) = trials.Run(candidate, start, trialClock, watch, givenUp.Token);
            var seconds = _clock.GetElapsedTime(begun).TotalSeconds;
            var outcome = new TuneOutcome(seconds, iterations, alarms);
            outcome.Write(folder);
            if (!isResumed)
            {
                pace.Learn(world.WorkOf(candidate, pace), candidate.Kind, runs, seconds);
            }

            return Finished(tried, TuneTrial.Of(candidate, folder, outcome), wasDone: false);
        }
        catch (OperationCanceledException) when (reason.Length > 0 && !cancellation.IsCancellationRequested)
        {
            return Skip(new TuneTrial(candidate, folder, null, Reason: reason));
        }
        catch (TSpinException diverged) when (diverged.ExitCode == 4 && candidate.IsTrained)
        {
            var outcome = new TuneOutcome(_clock.GetElapsedTime(begun).TotalSeconds, [], [])
            {
                Diverged = diverged.Message.Split('\n')[0],
            };
            outcome.Write(folder);
            return Skip(TuneTrial.Of(candidate, folder, outcome));
        }
        catch (TSpinException refused) when (candidate.Kind == TuneKind.Prompted)
        {
            // As where a chat template takes no such conversation: all others can still be tried.
            return Skip(new TuneTrial(candidate, folder, null, Reason: refused.Message.Split('\n')[0]));
        }
        finally
        {
            Save(world);
        }
    }

    private TuneTrial Finished(TriedSoFar tried, TuneTrial trial, bool wasDone)
    {
        var (isBest, score) = tried.Placed(trial);
        progress?.Report(new TuneFinished(trial, score, isBest, wasDone));
        return trial;
    }

    private void Move(TuneWorld world, TrialClock trialClock, RunEvent value, long begun, double predicted)
    {
        trialClock.Report(value);
        var left = (trialClock.Total ?? predicted) - _clock.GetElapsedTime(begun).TotalSeconds;
        progress?.Report(new TuneMoved(value, trialClock.Done, Math.Max(0, left), Left(world)));
    }

    private TuneTrial Skip(TuneTrial trial)
    {
        progress?.Report(new TuneSkipped(trial));
        return trial;
    }

    // The chosen one's model: its only run's, or of folds one that is trained on all examples with the same settings.
    private string Final(TuneWorld world, TuneTrials trials, TunePace pace, TuneResult result,
        CancellationToken cancellation)
    {
        if (!world.Split.IsFolded)
        {
            return trials.CheckpointOf(result.Chosen, 0);
        }

        var (candidate, rounds) = (result.Chosen.Candidate, result.Chosen.Iteration + 1);
        progress?.Report(new TuneSaid($"training {candidate.Title} on all examples"));
        var stages = world.StagesOf(candidate, pace, world.Examples.Examples.Count);
        var trialClock = new TrialClock(
            (pace.Seconds(stages.Generation, candidate.Kind, 0), pace.Seconds(stages.Training, candidate.Kind, 0), 0),
                rounds, 1, _clock);
        var (begun, predicted) = (_clock.GetTimestamp(), world.FinalSecondsOf(candidate, pace));
        var folder = Path.Combine(new TunePlaces(settings.Output).Trials, $"final-{candidate.Name}");
        Trial.Run(world.Recipes.Of(candidate, null, null, rounds), folder, null,
            new Relay<RunEvent>(value => Move(world, trialClock, value, begun, predicted)), cancellation);
        return new RunFolder(folder).Checkpoint(result.Chosen.Iteration);
    }

    private TunePace Measure(TuneWorld world, CancellationToken cancellation) => Pace?.Invoke(world)
        ?? TunePace.Measure(world.Recipes.OfBase(world.Split.Validations[0]), world.Facts, cancellation);

    private void RequireTime(TuneWorld world, TunePace pace)
    {
        var basis = world.SecondsOf(new TuneCandidate(TuneKind.Base), pace);
        TuneCandidate[] cheapest = [.. world.Of(TuneKind.Prompted, null), .. world.Of(TuneKind.Sft, null)];
        var least = cheapest.Min(candidate => world.SecondsOf(candidate, pace) + world.FinalSecondsOf(candidate, pace));
        if (basis + least > 60 * settings.Minutes)
        {
            throw new TSpinException(
                $"--minutes {settings.Minutes}: measuring the base takes about {TunePlan.Shown(basis)} here, and the cheapest candidate {TunePlan.Shown(least)} more. "
                + $"Give --minutes {Math.Ceiling((basis + least) * Patience / 60)} or more, or a smaller model.");
        }
    }

    private static double Reserve(TuneWorld world, TriedSoFar tried, TuneCandidate candidate, TunePace pace) => Math.Max(
        world.FinalSecondsOf(candidate, pace),
        tried.Measured.Select(trial => world.FinalSecondsOf(trial.Candidate, pace)).DefaultIfEmpty().Max());

    private double Spent(TuneWorld world) => world.State.SpentSeconds + _clock.GetElapsedTime(_begun).TotalSeconds;

    private double Left(TuneWorld world) => (60 * settings.Minutes) - Spent(world);

    private void Save(TuneWorld world)
    {
        _saved = _clock.GetTimestamp();
        (world.State with { SpentSeconds = Spent(world) }).Write(settings.Output);
    }
}
