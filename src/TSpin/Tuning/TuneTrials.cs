using TSpin.Checkpoints;
using TSpin.Evaluation;
using TSpin.Recipes;
using TSpin.Reports;
using TSpin.SelfPlay;
using TSpin.Studies;

namespace TSpin.Tuning;

/// <summary>Runs candidates: one run, or one for each fold.</summary>
internal sealed class TuneTrials(TuneSettings settings, TuneWorld world)
{
    private readonly SharedWork _shared = new(Path.Combine(new TunePlaces(settings.Output).Trials, "shared"));

    /// <summary>The folder of a trial.</summary>
    public string FolderOf(TuneCandidate candidate) =>
        Path.Combine(new TunePlaces(settings.Output).Trials, candidate.Name);

    /// <summary>The folder of one of its runs.</summary>
    public string RunOf(TuneCandidate candidate, int run) => world.Split.IsFolded
        ? Path.Combine(FolderOf(candidate), $"fold-{run + 1}") : FolderOf(candidate);

    /// <summary>The checkpoint of one of its runs.</summary>
    public string CheckpointOf(TuneTrial trial, int run) =>
        new RunFolder(RunOf(trial.Candidate, run)).Checkpoint(trial.Iteration);

    /// <summary>Runs a candidate, or goes on with it.</summary>
    /// <param name="candidate">What is tried.</param>
    /// <param name="start">The trial that it goes on from; null for the base.</param>
    /// <param name="clock">Learns how far it is.</param>
    /// <param name="progress">Whoever watches.</param>
    /// <param name="cancellation">Stops.</param>
    /// <returns>The scores after each iteration, and the alarms.</returns>
    public (IReadOnlyList<TuneScores> Iterations, IReadOnlyList<string> Alarms) Run(
        TuneCandidate candidate, TuneTrial? start, TrialClock clock, IProgress<RunEvent> progress,
            CancellationToken cancellation)
    {
        var runs = world.Split.Validations.Count;
        for (var run = 0; run < runs; run++)
        {
            cancellation.ThrowIfCancellationRequested();
            clock.BeginRun();
            var (folder, validation) = (RunOf(candidate, run), world.Split.Validations[run]);
            if (candidate.IsTrained)
            {
                var from = start is null ? null : CheckpointOf(start, run);
                Trial.Run(world.Recipes.Of(candidate, validation, from), folder, _shared, progress, cancellation);
            }
            else if (!File.Exists(Path.Combine(new RunFolder(folder).Initial, EvaluationFiles.ResultFile)))
            {
                BaseEvaluation.Run(
                    candidate.Kind == TuneKind.Prompted ? WithShots(validation, folder)
                        : world.Recipes.OfBase(validation),
                    folder, progress, cancellation);
            }

            clock.EndRun();
        }

        int[] iterations = candidate.IsTrained ? [.. Enumerable.Range(0, TuneWorld.IterationsOf(candidate))] : [-1];
        return (
            [.. iterations.Select(iteration => ScoresOf(candidate, iteration, runs))],
            [.. Enumerable.Range(0, runs)
                .SelectMany(run => RecordedAlarm.Read(new RunFolder(RunOf(candidate, run)).Alarms, []))
                .Select(alarm => alarm.Name).Distinct()]);
    }

    /// <summary>The examples in the prompt that one part of the data gives.</summary>
    /// <param name="validation">What is held out; null: nothing.</param>
    /// <param name="folder">Where a chat template's file is written.</param>
    public ShownExamples Shown(string? validation, string folder)
    {
        var inputs = new RunInputs(world.Recipes.OfBase(validation), new RunFolder(folder), progress: null);
        return ShownExamples.Of(world.Facts, settings.Model, inputs.ReadAnnotated().Training, world.Shots,
            settings.Seed, folder);
    }

    /// <summary>Deletes the weights of iterations that do not count.</summary>
    /// <param name="trial">Tried to its end.</param>
    /// <param name="keeps">False: of the one that counts too.</param>
    public void Drop(TuneTrial trial, bool keeps)
    {
        foreach (var (run, iteration) in Enumerable.Range(0, world.Split.Validations.Count)
            .SelectMany(run => Enumerable.Range(0, TuneWorld.IterationsOf(trial.Candidate))
                .Select(iteration => (run, iteration))))
        {
            if (!keeps || iteration != trial.Iteration)
            {
                CheckpointFolder.Delete(new RunFolder(RunOf(trial.Candidate, run)).Checkpoint(iteration));
            }
        }
    }

    private Recipe WithShots(string? validation, string folder)
    {
        var shown = Shown(validation, folder);
        return world.Recipes.OfBase(validation, shown.Template, shown.PromptTokens);
    }

    private TuneScores ScoresOf(TuneCandidate candidate, int iteration, int runs)
    {
        var (scores, cut, tokens) = (new List<double>(), new List<double>(), new List<double>());
        for (var run = 0; run < runs; run++)
        {
            var folder = new RunFolder(RunOf(candidate, run));
            var at = iteration < 0 ? folder.Initial : folder.Iteration(iteration);
            var result = EvaluationFiles.ReadResult(Path.Combine(at, EvaluationFiles.ResultFile)).First;
            var first = result.Metrics.Count > 0 ? result.Metrics[0] : null;
            var file = Path.Combine(at, EvaluationFiles.AnswersFile);
            foreach (var answer in EvaluationFiles.ReadAnswers(file, [])
                .Where(answer => (answer.Task ?? result.Task) == result.Task
                    && (first is null || answer.Mode == first.Mode)))
            {
                // A row that falls out would set other examples beside those of another candidate.
                scores.Add(world.Metric.ScoreOf(answer, first?.Key ?? "", first?.HigherIsBetter ?? true)
                    ?? throw Unscored($"{file}: answer {answer.Index} has no such score"));
                cut.Add(answer.Ended ? 0 : 1);
                tokens.Add(answer.Tokens);
            }
        }

        return scores.Count > 0 ? new TuneScores(scores, cut.Average(), tokens.Average())
            : throw Unscored($"{FolderOf(candidate)}: no single answer has such a score");

        TSpinException Unscored(string found) => new(
            $"{found}, and it is {world.Metric.Sentence}. Choose by another task, or by held-out examples (without --task).");
    }
}
