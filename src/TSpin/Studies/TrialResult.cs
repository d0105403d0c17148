using TSpin.Checkpoints;
using TSpin.Evaluation;
using TSpin.Recipes;
using TSpin.Reports;
using TSpin.SelfPlay;

namespace TSpin.Studies;

/// <summary>What a finished trial found.</summary>
/// <param name="Folder">The run's folder.</param>
/// <param name="Method">Name of its method.</param>
/// <param name="Evaluations">By iteration; the first is that before iteration 0 where the recipe evaluates it.</param>
/// <param name="Kept">The iteration whose weights are the result: the best one with <c>checkpoints.keep: best</c>, else
/// the last.</param>
/// <param name="Cost">Time, steps and tokens.</param>
public sealed record TrialResult(
    string Folder, string Method, IReadOnlyList<TrialEvaluation> Evaluations, int Kept, TrialCost Cost)
{
    /// <summary>What was measured before iteration 0; null where nothing was.</summary>
    public TrialEvaluation? Before => Of(-1);

    /// <summary>What was measured of the kept iteration; null where nothing is evaluated.</summary>
    public TrialEvaluation? Result => Of(Kept);

    /// <summary>The checkpoint that is the trial's result.</summary>
    public string Checkpoint => new RunFolder(Folder).Checkpoint(Kept);

    /// <summary>What was measured after an iteration.</summary>
    /// <param name="iteration">Zero-based; -1 before the first.</param>
    /// <returns>Null where nothing was.</returns>
    public TrialEvaluation? Of(int iteration) => Evaluations.FirstOrDefault(evaluation => evaluation.Iteration == iteration);

    /// <summary>Reads the folder of a finished run.</summary>
    /// <param name="recipe">The run's recipe.</param>
    /// <param name="path">The folder.</param>
    /// <returns>The result.</returns>
    /// <exception cref="TSpinException">The run is not finished, or a file of it is gone or damaged.</exception>
    public static TrialResult Read(Recipe recipe, string path)
    {
        var folder = new RunFolder(path);
        if (RunStatus.Read(folder.Run) is not { Status: "finished" } status)
        {
            throw new TSpinException($"{folder.Path}: holds no finished run. Run it to its end first.");
        }

        var iterations = status.StoppedAfter + 1 ?? status.Iterations;
        TrialEvaluation[] evaluations = [.. Enumerable.Range(-1, iterations + 1).Select(t => Evaluated(folder, t)).OfType<TrialEvaluation>()];
        var kept = recipe.Checkpoints.Keep == CheckpointKeeping.Best
            ? new IterationChoice(recipe, folder, progress: null).Best(iterations - 1) : iterations - 1;
        return new TrialResult(folder.Path, status.Method, evaluations, kept, CostOf(recipe, folder, iterations));
    }

    private static TrialEvaluation? Evaluated(RunFolder folder, int iteration)
    {
        var at = iteration < 0 ? folder.Initial : folder.Iteration(iteration);
        var path = Path.Combine(at, EvaluationFiles.ResultFile);
        if (!File.Exists(path))
        {
            return null;
        }

        var answers = EvaluationFiles.ReadAnswers(Path.Combine(at, EvaluationFiles.AnswersFile), [])
            .ToLookup(answer => (answer.Task ?? "", answer.Mode));
        var evaluation = EvaluationFiles.ReadResult(path);
        var results = evaluation.Results;
        return new TrialEvaluation(
            iteration,
            [.. results.SelectMany(result => ScoresOf(result, answers))],
            [.. results.SelectMany(result => result.Answers.Select(own => new TrialAnswers(result.Task, own)))])
        {
            Distance = evaluation.Distance,
            Responses = iteration >= 0 && File.Exists(folder.Responses(iteration)) ? ResponseMetrics.Of(folder.Responses(iteration)) : null,
        };
    }

    private static IEnumerable<TrialScore> ScoresOf(EvaluationResult result, ILookup<(string, string), EvaluatedAnswer> answers)
    {
        foreach (var metric in result.Metrics)
        {
            var (items, prints, alike) = (new SortedDictionary<int, double>(), new Dictionary<int, string>(), new Dictionary<string, int>());
            foreach (var answer in answers[(result.Task, metric.Mode)].Where(answer => answer.Scores.ContainsKey(metric.Key)))
            {
                items[answer.Index] = answer.Scores[metric.Key];
                var print = SharedKeys.HashOf($"{answer.Prompt}\0{answer.Reference}")[..16];
                alike[print] = alike.GetValueOrDefault(print) + 1;
                prints[answer.Index] = FormattableString.Invariant($"{print} {alike[print]}");
            }

            yield return new TrialScore(
                result.Task, metric.Key, metric.Mode, metric.HigherIsBetter, metric.Value, metric.StandardError, metric.Examples, items.Count > 0 ? items : null)
            {
                Fingerprints = items.Count > 0 ? prints : null,
            };
        }

        if (result.AnnotatedLogProbPerToken is { } likely && !result.Metrics.Any(metric => metric.Name == CheckpointChoice.NatsPerToken))
        {
            yield return new TrialScore(result.Task, CheckpointChoice.NatsPerToken, "", false, -likely, null, result.Examples, null);
        }
    }

    private static TrialCost CostOf(Recipe recipe, RunFolder folder, int iterations)
    {
        var (steps, trained, generated, evaluated) = (0, 0.0, 0L, 0L);
        Train(folder, iterations);
        if (recipe.Sft.IsOn)
        {
            Train(new RunFolder(folder.Sft), 1);
        }

        for (var t = -1; t < iterations; t++)
        {
            var at = t < 0 ? folder.Initial : folder.Iteration(t);
            evaluated += EvaluationFiles.ReadAnswers(Path.Combine(at, EvaluationFiles.AnswersFile), []).Sum(answer => (long)answer.Tokens);
        }

        var (own, adopted) = TrialTime.Read(folder.Path);
        return new TrialCost(own + adopted, adopted, steps, (long)Math.Round(trained), generated, evaluated);

        void Train(RunFolder run, int count)
        {
            for (var t = 0; t < count; t++)
            {
                var own = RecordedStep.Read(run.Metrics(t), t, []);
                steps += own.Count;
                trained += own.Sum(step => step.TokensPerSecond is { } rate && step.Seconds is { } seconds ? rate * seconds : 0);
                if (File.Exists(run.Responses(t)) && ResponseMetrics.Of(run.Responses(t)) is var drawn)
                {
                    generated += (long)Math.Round(drawn.Answers * drawn.MeanTokens);
                }
            }
        }
    }
}
