using TSpin.Checkpoints;
using TSpin.Evaluation;
using TSpin.Recipes;

namespace TSpin.SelfPlay;

/// <summary>Which iteration is the best so far, and whether the run has gone on long enough without a better one.</summary>
internal sealed class IterationChoice(Recipe recipe, RunFolder folder, IProgress<RunEvent>? progress)
{
    private readonly CheckpointChoice _choice = new(recipe.Training.Stop.Metric);
    private (CheckpointEvaluation Evaluation, IReadOnlyList<EvaluatedAnswer> Answers) _champion;
    private int _best;
    private int _seen = -1;
    private bool _saidLikelihood;

    /// <summary>Whether the recipe compares iterations at all.</summary>
    public bool IsAsked => recipe.Checkpoints.Keep == CheckpointKeeping.Best || recipe.Training.Stop.Patience is not null;

    /// <summary>Refuses a metric that an evaluation does not have, before hours are spent on the next one.</summary>
    /// <param name="evaluation">The run's first.</param>
    /// <exception cref="TSpinException">Names what there is.</exception>
    public void Require(CheckpointEvaluation evaluation)
    {
        if (IsAsked || recipe.Training.Stop.Metric is not null)
        {
            _choice.NameIn(evaluation);
        }
    }

    /// <summary>The best iteration: each takes the place of the best before it only where it is better beyond the error.</summary>
    /// <param name="last">The last iteration that is evaluated.</param>
    /// <returns>From 0 to <paramref name="last"/>.</returns>
    /// <exception cref="TSpinException">An evaluation is gone or damaged.</exception>
    public int Best(int last)
    {
        while (_seen < last)
        {
            _seen++;
            var candidate = Read(_seen);
            if (_seen == 0)
            {
                _champion = candidate;
                continue;
            }

            var (isBetter, couldNotTell) = _choice.IsBetter(candidate, _champion);
            if (couldNotTell && !_saidLikelihood)
            {
                _saidLikelihood = true;
                progress?.Report(new Noticed(
                    _seen, $"{_choice.NameIn(candidate.Evaluation)} does not tell iterations apart beyond its error; where it does not, the one that finds the annotated answers likelier counts as better"));
            }

            if (isBetter)
            {
                (_best, _champion) = (_seen, candidate);
            }
        }

        return _best;
    }

    /// <summary>Whether the run ends after an iteration although the recipe has more.</summary>
    /// <param name="iteration">The last finished one.</param>
    /// <returns>True where none of the last <c>training.stop.patience</c> iterations was better than the best before.</returns>
    public bool StopsAfter(int iteration) =>
        recipe.Training.Stop.Patience is { } patience && iteration < recipe.Training.Iterations - 1 && iteration - Best(iteration) >= patience;

    /// <summary>Says that the run ends early.</summary>
    /// <param name="iteration">The last finished one.</param>
    public void Say(int iteration) => progress?.Report(new Noticed(
        iteration,
        $"the run ends here: {_choice.NameIn(_champion.Evaluation)} was best in iteration {_best}, and {iteration - _best} iterations since were not better (training.stop.patience)"));

    private (CheckpointEvaluation Evaluation, IReadOnlyList<EvaluatedAnswer> Answers) Read(int iteration)
    {
        var at = folder.Iteration(iteration);
        return (EvaluationFiles.ReadResult(Path.Combine(at, EvaluationFiles.ResultFile)), EvaluationFiles.ReadAnswers(Path.Combine(at, EvaluationFiles.AnswersFile), []));
    }
}
