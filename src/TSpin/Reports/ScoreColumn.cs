namespace TSpin.Reports;

/// <summary>One column of the score table: which score of an evaluation, and what it is called.</summary>
/// <param name="Title">Title for people, for example <c>greedy strict</c>.</param>
/// <param name="Of">The score of an evaluation; <see langword="null"/> where it has none.</param>
public sealed record ScoreColumn(string Title, Func<RecordedEvaluation?, RecordedScore?> Of)
{
    /// <summary>The columns that at least one evaluation fills: greedy strict and flexible, sampled strict and flexible, further sets.</summary>
    /// <param name="runs">The runs of one report.</param>
    /// <returns>The columns in order of importance: the first is the headline's.</returns>
    public static IReadOnlyList<ScoreColumn> Present(IReadOnlyList<RunSummary> runs)
    {
        var evaluations = runs
            .SelectMany(run => run.Iterations.Select(iteration => iteration.Evaluation).Prepend(run.Initial))
            .OfType<RecordedEvaluation>()
            .ToList();
        var columns = new List<ScoreColumn>
        {
            new("greedy strict", evaluation => evaluation?.Greedy?.Strict),
            new("greedy flexible", evaluation => evaluation?.Greedy?.Flexible),
            new("sampled strict", evaluation => evaluation?.Sampled?.Strict),
            new("sampled flexible", evaluation => evaluation?.Sampled?.Flexible),
        };
        foreach (var name in evaluations.SelectMany(evaluation => evaluation.Extra).Select(set => set.Key).Distinct())
        {
            columns.Add(new(name, evaluation => Extra(evaluation, name) is { } scores ? scores.Strict ?? scores.Flexible : null));
        }

        return columns.Where(column => evaluations.Any(evaluation => column.Of(evaluation) is not null)).ToList();
    }

    private static DecodingScores? Extra(RecordedEvaluation? evaluation, string name) =>
        evaluation?.Extra.FirstOrDefault(set => set.Key == name).Value;
}
