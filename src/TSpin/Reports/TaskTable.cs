namespace TSpin.Reports;

/// <summary>
/// The paper's table: a row for each method and iteration, a column for each task by one metric, and their average.
/// </summary>
public static class TaskTable
{
    private const string Average = "average";

    /// <summary>Builds the table.</summary>
    /// <param name="runs">The runs in the order of their rows.</param>
    /// <returns>The table; without rows where there are not two tasks at least.</returns>
    public static ScoreTable From(IReadOnlyList<RunSummary> runs)
    {
        var columns = Columns(ScoreColumn.Present(runs));
        var lines = ScoreTable.Lines(runs, columns)
            .Where(line => columns.Any(column => column.Of(line.Evaluation) is not null)).ToArray();
        if (columns.Count < 2 || lines.Length == 0)
        {
            return new ScoreTable([], [], new HashSet<(int, int)>());
        }

        var shares = columns.Where(column => column is { HigherIsBetter: true, IsShare: true }).ToArray();
        var headers = new List<string> { "method", "iteration" };
        headers.AddRange(
            columns.Select(column => $"{column.Task} {MetricOf(column)}{(column.IsShare ? ", %" : "")}"));
        var values = lines.Select(line => columns.Select(column => column.Of(line.Evaluation)).ToList()).ToList();
        if (shares.Length > 1)
        {
            headers.Add(shares.Length == columns.Count ? $"{Average}, %" : $"{Average} of {shares.Length}, %");
            for (var row = 0; row < lines.Length; row++)
            {
                values[row].Add(Mean([.. shares.Select(column => column.Of(lines[row].Evaluation))]));
            }
        }

        var rows = lines.Select((line, row) => new ScoreRow(line.Run,
        [line.Label, line.Iteration, .. values[row].Select(value => value?.ToString() ?? "")])).ToArray();
        return new ScoreTable(headers, rows, Best(values, [.. columns.Select(column => column.HigherIsBetter), true]));
    }

    // What the paper gives: acc_norm where a task has it, else the first metric; greedy answers rather than sampled
    // ones.
    private static List<ScoreColumn> Columns(IReadOnlyList<ScoreColumn> all) =>
        [.. all.GroupBy(column => column.Task)
            .Select(task => task.FirstOrDefault(column => column.Key.StartsWith("acc_norm,", StringComparison.Ordinal))
            ?? task.First())];

    private static string MetricOf(ScoreColumn column) => column.Key.EndsWith(",none", StringComparison.Ordinal)
        ? column.Key[..^",none".Length] : column.Key.Replace(',', ' ');

    // Of tasks that are independent of one another; only where all are there, for rows are compared.
    private static RecordedScore? Mean(IReadOnlyList<RecordedScore?> scores) => scores.Any(score => score is null)
        ? null
        : new RecordedScore(scores.Average(score => score!.Value),
            Math.Sqrt(scores.Sum(score => score!.StandardError * score.StandardError)) / scores.Count);

    private static HashSet<(int Row, int Column)> Best(List<List<RecordedScore?>> values, bool[] higherIsBetter)
    {
        var best = new HashSet<(int, int)>();
        for (var column = 0; column < values[0].Count && values.Count > 1; column++)
        {
            var all = values.Select(row => row[column]?.Value);
            var highest = higherIsBetter[Math.Min(column, higherIsBetter.Length - 1)] ? all.Max() : all.Min();
            for (var row = 0; row < values.Count; row++)
            {
                if (values[row][column] is { } value && value.Value == highest)
                {
                    best.Add((row, column + 2));
                }
            }
        }

        return best;
    }
}
