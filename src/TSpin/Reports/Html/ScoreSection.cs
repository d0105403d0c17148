using System.Globalization;
using TSpin.Evaluation;
using TSpin.Reports.Charts;

namespace TSpin.Reports.Html;

/// <summary>The table of scores, the scores over iterations, and over the amount of annotated data.</summary>
internal static class ScoreSection
{
    public static Markup Draw(IReadOnlyList<RunSummary> runs)
    {
        var table = ScoreTable.From(runs);
        if (table.Rows.Count == 0)
        {
            return Markup.Empty;
        }

        return Markup.Of($"""
            <h2>Scores</h2>
            <p class="soft">Percent of held-out problems answered right ± standard error, in the table and as bars in the figures. Loss, u and v: means over the last fifth of the iteration's steps.</p>
            {Tasks(TaskTable.From(runs))}
            <div class="wide">{Table(table)}</div>
            {Figure.Grid([.. PerIteration(runs), .. LogProb(runs), .. PerDataSize(runs)])}
            """);
    }

    private static Markup Tasks(ScoreTable tasks) => tasks.Rows.Count == 0 ? Markup.Empty : Markup.Of($"""
        <h3>Tasks</h3>
        <p class="soft">One metric of each task (acc_norm where it has one, else its first) and their average, ± standard error; a row has an average where it has all tasks. The best of a column is bold.</p>
        <div class="wide">{Table(tasks)}</div>
        <h3>All metrics</h3>

        """);

    private static Markup Table(ScoreTable table)
    {
        var head = Markup.Join(table.Headers.Select(header => Markup.Of($"<th scope=\"col\">{header}</th>")));
        var body = new List<Markup>();
        for (var row = 0; row < table.Rows.Count; row++)
        {
            var run = table.Rows[row].Run;
            var cells = table.Rows[row].Cells.Select((cell, column) => column switch
            {
                0 => Markup.Of($"<td><i class=\"swatch{(run < 0 ? "" : $" b{run % SvgChart.Colours}")}\"></i>{cell}</td>"),
                _ when table.Best.Contains((row, column)) => Markup.Of($"<td><strong>{cell}</strong></td>"),
                1 => Markup.Of($"<td>{cell}</td>"),
                _ => Markup.Of($"<td>{cell.Replace('-', '\u2212')}</td>"),
            });
            var first = row > 0 && table.Rows[row - 1].Run != run ? " class=\"first\"" : "";
            body.Add(Markup.Of($"<tr{Markup.Verbatim(first)}>{Markup.Join(cells)}</tr>\n"));
        }

        return Markup.Of($"<table><thead><tr>{head}</tr></thead><tbody>\n{Markup.Join(body)}</tbody></table>");
    }

    private static IEnumerable<Markup> PerIteration(IReadOnlyList<RunSummary> runs)
    {
        foreach (var column in ScoreColumn.Present(runs))
        {
            var series = Series(runs, evaluation => column.Of(evaluation) is { } score ? (score.Shown, score.ShownError) : null);
            if (series.Count > 0)
            {
                yield return Figure.Of($"{Word(column)} per iteration, {column.Title}", "", new ErrorBarChart
                {
                    Description = $"{Word(column)} with {column.Title} after each iteration, for each run",
                    X = Iterations(runs),
                    Y = Axis(column),
                    Series = series,
                    Reference = runs.Select(run => column.Of(run.Initial)).OfType<RecordedScore>().FirstOrDefault() is { } initial
                        ? new ErrorBarPoint(0, initial.Shown, initial.ShownError)
                        : null,
                });
            }
        }
    }

    private static string Word(ScoreColumn column) => column.IsShare ? "Accuracy" : "Score";

    private static ChartAxis Axis(ScoreColumn column) => column.IsShare ? new ChartAxis("accuracy, %") { Ceiling = 100 } : new ChartAxis("score");

    private static IEnumerable<Markup> LogProb(IReadOnlyList<RunSummary> runs)
    {
        static (double, double)? Value(CheckpointEvaluation? evaluation) =>
            evaluation?.Results is [{ AnnotatedLogProbPerToken: { } value }, ..] ? (value, double.NaN) : null;
        var series = Series(runs, Value);
        if (series.Count > 0)
        {
            yield return Figure.Of("Log-likelihood of the annotated test answers", "Mean over their tokens; higher is better. It moves where the score does not yet.", new ErrorBarChart
            {
                Description = "Mean log-probability per token of the annotated test answers after each iteration, for each run",
                X = Iterations(runs),
                Y = new ChartAxis("log-probability, nats per token"),
                Series = series,
                Reference = runs.Select(run => Value(run.Initial)).FirstOrDefault(value => value is not null) is { } initial
                    ? new ErrorBarPoint(0, initial.Item1, double.NaN)
                    : null,
            });
        }
    }

    private static List<ErrorBarSeries> Series(IReadOnlyList<RunSummary> runs, Func<CheckpointEvaluation?, (double Value, double Error)?> value)
    {
        var labels = RunLabels.For(runs);
        return runs
            .Select((run, index) => new ErrorBarSeries(
                labels[index],
                index,
                run.Iterations
                    .Select(iteration => (iteration.Iteration, Score: value(iteration.Evaluation)))
                    .Where(point => point.Score is not null)
                    .Select(point => new ErrorBarPoint(point.Iteration, point.Score!.Value.Value, point.Score.Value.Error))
                    .ToList()))
            .Where(series => series.Points.Count > 0)
            .ToList();
    }

    private static ChartAxis Iterations(IReadOnlyList<RunSummary> runs) => new("iteration")
    {
        Ticks = runs.SelectMany(run => run.Iterations)
            .Select(iteration => iteration.Iteration)
            .Distinct()
            .Order()
            .Select(iteration => KeyValuePair.Create((double)iteration, iteration.ToString(CultureInfo.InvariantCulture)))
            .ToList(),
    };

    private static IEnumerable<Markup> PerDataSize(IReadOnlyList<RunSummary> runs)
    {
        var column = ScoreColumn.Present(runs).FirstOrDefault(column => runs.Any(run => column.Of(run.LastEvaluated?.Evaluation) is not null));
        var points = runs
            .Where(run => run.AnnotatedExamples > 0 && column?.Of(run.LastEvaluated?.Evaluation) is not null)
            .Select(run => (run.Method, Examples: run.AnnotatedExamples!.Value, Score: column!.Of(run.LastEvaluated!.Evaluation)!))
            .ToList();
        var sizes = points.Select(point => point.Examples).Distinct().Order().ToList();
        if (column is null || sizes.Count < 2)
        {
            yield break;
        }

        var series = points.GroupBy(point => point.Method).Select(group => new ErrorBarSeries(
            MethodName.Display(group.Key),
            runs.TakeWhile(run => run.Method != group.Key).Count(),
            group.OrderBy(point => point.Examples).Select(point => new ErrorBarPoint(point.Examples, point.Score.Shown, point.Score.ShownError)).ToList()));
        yield return Figure.Of($"{Word(column)} against annotated data", $"{column.Title}, last evaluated iteration of each run.", new ErrorBarChart
        {
            Description = $"{Word(column)} of the last iteration against the number of annotated training examples, for each method",
            X = new ChartAxis("annotated examples (logarithmic)")
            {
                IsLogarithmic = true,
                Ticks = sizes.ConvertAll(size => KeyValuePair.Create((double)size, size.ToString("N0", CultureInfo.InvariantCulture))),
            },
            Y = Axis(column),
            Series = series.ToList(),
            Reference = runs.Select(run => column.Of(run.Initial)).OfType<RecordedScore>().FirstOrDefault() is { } initial
                ? new ErrorBarPoint(sizes[0], initial.Shown, initial.ShownError)
                : null,
        });
    }
}
