using TSpin.Evaluation;

namespace TSpin.Reports;

/// <summary>One column of the score table: which metric of an evaluation, and what it is called.</summary>
/// <param name="Title">Title for people, for example <c>greedy strict</c>; with the task's name before it where runs have several tasks.</param>
/// <param name="Task">The task.</param>
/// <param name="Key">The metric's <see cref="MetricScore.Key"/>.</param>
/// <param name="Mode">How the answers behind it were made.</param>
/// <param name="HigherIsBetter">Whether a larger value is a better one.</param>
public sealed record ScoreColumn(string Title, string Task, string Key, string Mode, bool HigherIsBetter)
{
    /// <summary>Whether all its values are shares, in [0, 1]. Default: true.</summary>
    public bool IsShare { get; init; } = true;

    /// <summary>Its head in a table: the title, with the unit where there is one.</summary>
    public string Head => IsShare ? $"{Title}, %" : Title;

    /// <summary>The columns that at least one evaluation fills, in the order of tasks and of their metrics.</summary>
    /// <param name="runs">The runs of one report.</param>
    /// <returns>The columns in order of importance: the first is the headline's.</returns>
    public static IReadOnlyList<ScoreColumn> Present(IReadOnlyList<RunSummary> runs)
    {
        EvaluationResult[] results = [.. runs
            .SelectMany(run => run.Iterations.Select(iteration => iteration.Evaluation).Prepend(run.Initial))
            .OfType<CheckpointEvaluation>()
            .SelectMany(evaluation => evaluation.Results)];
        var isOne = results.Select(result => result.Task).Distinct().Count() <= 1;
        // A run that samples too has more columns than one that does not: each task's richest result gives the order.
        return [.. results.GroupBy(result => result.Task).SelectMany(task => task.OrderByDescending(result => result.Metrics.Count)
            .SelectMany(result => result.Metrics.Select(metric => new ScoreColumn(isOne ? metric.Title : $"{task.Key} {metric.Title}", task.Key, metric.Key, metric.Mode, metric.HigherIsBetter)
            {
                IsShare = task.SelectMany(other => other.Metrics).Where(other => other.Key == metric.Key && other.Mode == metric.Mode).All(other => other.Value is >= 0 and <= 1),
            }))
            .DistinctBy(column => (column.Key, column.Mode)))];
    }

    /// <summary>The score of an evaluation.</summary>
    /// <param name="evaluation">Any, or null.</param>
    /// <returns>Null where it has none.</returns>
    public RecordedScore? Of(CheckpointEvaluation? evaluation) =>
        evaluation?.Results.Where(result => result.Task == Task).SelectMany(result => result.Metrics).FirstOrDefault(metric => metric.Key == Key && metric.Mode == Mode) is { } metric
            ? new RecordedScore(metric.Value, metric.StandardError ?? double.NaN) { IsShare = IsShare }
            : null;
}
