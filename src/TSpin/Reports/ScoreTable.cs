using System.Globalization;
using System.Text;
using TSpin.Evaluation;

namespace TSpin.Reports;

/// <summary>Scores per iteration and run, as texts: the same table for the page, for Markdown and for a terminal.</summary>
/// <param name="Headers">Titles of the columns; those without any value are left out.</param>
/// <param name="Rows">The base model, then each run's iterations.</param>
/// <param name="Best">Cells (row, column) that hold the best score of their column.</param>
public sealed record ScoreTable(IReadOnlyList<string> Headers, IReadOnlyList<ScoreRow> Rows, IReadOnlySet<(int Row, int Column)> Best)
{
    private const int LabelColumns = 2;

    /// <summary>Builds the table of one or several runs.</summary>
    /// <param name="runs">The runs in the order of their rows.</param>
    /// <returns>The table; without rows while nothing is measured.</returns>
    public static ScoreTable From(IReadOnlyList<RunSummary> runs)
    {
        var columns = ScoreColumn.Present(runs);
        var lines = Lines(runs, columns);
        var headers = new List<string> { "method", "iteration" };
        headers.AddRange(columns.Select(column => column.Head));
        headers.AddRange(["format, %", "ended, %", "answer tokens", "y′ cut, %", "y′ tokens", "y′ retried", "y′ dropped", "taught", "test log-prob/token",
            "loss", "u, nats", "v, nats"]);
        var rows = lines.Select(line =>
            new ScoreRow(line.Run, Cells(line.Label, line.Iteration, line.Evaluation, line.Summary, columns))).ToList();
        var best = Highest(lines.ConvertAll(line => line.Evaluation), columns);
        return new ScoreTable(headers, rows, best).WithoutEmptyColumns();
    }

    /// <summary>The base models, then each run's iterations.</summary>
    internal static List<(int Run, string Label, string Iteration, CheckpointEvaluation? Evaluation, IterationSummary? Summary)> Lines(IReadOnlyList<RunSummary> runs, IReadOnlyList<ScoreColumn> columns)
    {
        var labels = RunLabels.For(runs);
        var lines = new List<(int Run, string Label, string Iteration, CheckpointEvaluation? Evaluation, IterationSummary? Summary)>();
        foreach (var (initial, index) in runs.Select((run, index) => (run.Initial, index)).Where(run => run.Initial is not null))
        {
            // Runs from the same base need its row only once.
            if (lines.All(line => columns.Any(column => column.Of(line.Evaluation)?.Value != column.Of(initial)?.Value)))
            {
                lines.Add((-1, lines.Count == 0 ? "base" : $"base of {labels[index]}", "", initial, null));
            }
        }

        for (var i = 0; i < runs.Count; i++)
        {
            lines.AddRange(runs[i].Iterations.Select(iteration =>
                (i, labels[i], iteration.Iteration.ToString(CultureInfo.InvariantCulture), iteration.Evaluation, (IterationSummary?)iteration)));
        }

        return lines;
    }

    /// <summary>The table in GitHub's Markdown; the highest score of a column is bold.</summary>
    /// <returns>Lines that end with a line feed.</returns>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.Append("| ").AppendJoin(" | ", Headers.Select(Plain)).Append(" |\n");
        text.Append('|').AppendJoin('|', Headers.Select((_, column) => column < LabelColumns ? "---" : "--:")).Append("|\n");
        for (var row = 0; row < Rows.Count; row++)
        {
            var cells = Rows[row].Cells.Select((cell, column) => Best.Contains((row, column)) ? $"**{cell}**" : Plain(cell));
            text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
        }

        return text.ToString();
    }

    /// <summary>Escapes what has a meaning in a Markdown table; a name may hold anything.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>The text on one line, without control characters.</returns>
    public static string Plain(string text)
    {
        var plain = new StringBuilder();
        foreach (var c in text)
        {
            if (c is '|' or '*' or '_' or '`' or '<' or '[' or ']' or '\\')
            {
                plain.Append('\\');
            }

            plain.Append(char.IsControl(c) ? ' ' : c);
        }

        return plain.ToString();
    }

    private static string[] Cells(string label, string iteration, CheckpointEvaluation? evaluation, IterationSummary? summary, IReadOnlyList<ScoreColumn> columns)
    {
        var training = summary?.Training;
        var result = evaluation is { Results: [var first, ..] } ? first : null;
        var decoding = result is { Answers: [var most, ..] } ? most : null;
        return
        [
            label,
            iteration,
            .. columns.Select(column => column.Of(evaluation)?.ToString() ?? ""),
            Number(100 * decoding?.FormatShare, "F1"),
            Number(100 * decoding?.EndedShare, "F1"),
            Number(decoding?.MeanResponseTokens, "F1"),
            Number(100 * summary?.Responses?.CutShare, "F1"),
            Number(summary?.Responses?.MeanTokens, "F1"),
            Number(summary?.Responses?.Retried, "F0"),
            Number(summary?.Responses?.Dropped, "F0"),
            Number(summary?.Responses?.Taught, "F0"),
            Number(result?.AnnotatedLogProbPerToken, "F3"),
            Number(training?.Loss, "F3"),
            Number(training?.CurrentAdvantage, "F2"),
            Number(training?.HistoricalAdvantage, "F2"),
        ];
    }

    private static string Number(double? value, string format) =>
        value is { } number && double.IsFinite(number) ? number.ToString(format, CultureInfo.InvariantCulture) : "";

    private static HashSet<(int Row, int Column)> Highest(List<CheckpointEvaluation?> evaluations, IReadOnlyList<ScoreColumn> columns)
    {
        var best = new HashSet<(int, int)>();
        for (var column = 0; column < columns.Count; column++)
        {
            var values = evaluations.Select(evaluation => columns[column].Of(evaluation)?.Value).ToArray();
            var highest = columns[column].HigherIsBetter ? values.Max() : values.Min();
            for (var row = 0; row < evaluations.Count && evaluations.Count > 1; row++)
            {
                if (columns[column].Of(evaluations[row])?.Value is { } value && value == highest)
                {
                    best.Add((row, column + LabelColumns));
                }
            }
        }

        return best;
    }

    private ScoreTable WithoutEmptyColumns()
    {
        var kept = Enumerable.Range(0, Headers.Count).Where(column => column < LabelColumns || Rows.Any(row => row.Cells[column].Length > 0)).ToList();
        return new ScoreTable(
            kept.ConvertAll(column => Headers[column]),
            Rows.Select(row => row with { Cells = kept.ConvertAll(column => row.Cells[column]) }).ToList(),
            Best.Select(cell => (cell.Row, kept.IndexOf(cell.Column))).ToHashSet());
    }
}
