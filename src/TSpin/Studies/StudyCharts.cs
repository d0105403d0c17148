using TSpin.Reports.Charts;
using TSpin.Reports.Html;
using TSpin.Studies.Statistics;

namespace TSpin.Studies;

/// <summary>The figures of a study's report, of one kind of processor.</summary>
internal static class StudyCharts
{
    /// <summary>Score against amount, by iteration, and against distance, for every score.</summary>
    public static Markup Draw(StudyPlan plan, StudyAnalysis analysis) => Figure.Grid([.. analysis.Scores.SelectMany(score => Of(plan, analysis, score))]);

    private static IEnumerable<Markup> Of(StudyPlan plan, StudyAnalysis analysis, string score)
    {
        string[] methods = [.. plan.Study.Methods.Select(method => method.Name)];
        var scale = analysis.IsShare(score) ? 100.0 : 1;
        var axis = analysis.IsShare(score) ? new ChartAxis($"{score}, %") { Ceiling = 100 } : new ChartAxis(score);
        var amounts = plan.Amounts.OfType<int>().ToArray();
        var byAmount = Series(methods, method => amounts.Select(amount => ((double)amount, analysis.Estimate(method, amount, score))), scale);
        if (amounts.Length > 0 && byAmount.Count > 0)
        {
            yield return Figure.Of($"{score} against amount of data", "Means of the chosen settings, 95% over seeds and items.", new ErrorBarChart
            {
                Description = $"{score} of each method against the number of annotated examples",
                X = new ChartAxis("annotated examples")
                {
                    IsLogarithmic = amounts.Length > 1,
                    Ticks = [.. amounts.Select(amount => KeyValuePair.Create((double)amount, StudyTables.AmountText(amount)))],
                },
                Y = axis,
                Series = byAmount,
                Reference = amounts.Select(amount => analysis.Estimate(StudyAnalysis.Base, amount, score)).FirstOrDefault(found => found is not null) is { } level
                    ? Point(0, level, scale) : null,
            });
        }

        var last = plan.Amounts.LastOrDefault(amount => methods.Any(method => analysis.Chosen(method, amount).Count > 0));
        int[] iterations = [.. analysis.Lines.SelectMany(line => line.Iterations).Select(own => own.Iteration).Distinct().Order()];
        var byIteration = Series(methods, method => iterations.Select(t => ((double)t, analysis.Estimate(method, last, score, t))), scale);
        if (iterations.Length > 1 && byIteration.Count > 0)
        {
            yield return Figure.Of($"{score} by iteration", $"At {StudyTables.AmountText(last)} examples.", new ErrorBarChart
            {
                Description = $"{score} of each method after each iteration",
                X = new ChartAxis("iteration") { Ticks = [.. iterations.Select(t => KeyValuePair.Create((double)t, t < 0 ? "before" : FormattableString.Invariant($"{t}")))] },
                Y = axis,
                Series = byIteration,
            });
        }

        ErrorBarSeries[] clouds = [.. methods.Select((method, colour) => new ErrorBarSeries(method, colour, [.. analysis.Lines.Where(line => line.Method == method)
            .SelectMany(line => line.Iterations).Select(own => (Far: own.Find(StudyAnalysis.Distance), Found: own.Find(score)))
            .Where(pair => pair.Far is not null && pair.Found is not null)
            .Select(pair => new ErrorBarPoint(pair.Far!.Value, scale * pair.Found!.Value, double.NaN))]))];
        if (clouds.Any(cloud => cloud.Points.Any(point => point.X > 0)))
        {
            yield return Figure.Of($"{score} against distance from the base", "Every iteration of every cell, chosen or not.", new PointChart
            {
                Description = $"{score} against the distance from the base in nats per token",
                X = new ChartAxis("distance, nats per token") { IncludeZero = true },
                Y = axis,
                Series = [.. clouds.Where(cloud => cloud.Points.Count > 0)],
            });
        }
    }

    private static List<ErrorBarSeries> Series(string[] methods, Func<string, IEnumerable<(double, ScoreEstimate?)>> of, double scale) =>
        [.. methods.Select((method, colour) => new ErrorBarSeries(method, colour, [.. of(method).Where(row => row.Item2 is not null).Select(row => Point(row.Item1, row.Item2!, scale))]))
            .Where(series => series.Points.Count > 0)];

    private static ErrorBarPoint Point(double x, ScoreEstimate found, double scale) => new(x, scale * found.Mean, double.NaN)
    {
        Low = found.HasInterval ? scale * found.Low : null,
        High = found.HasInterval ? scale * found.High : null,
    };
}
