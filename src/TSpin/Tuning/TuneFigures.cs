using System.Globalization;
using TSpin.Evaluation;
using TSpin.Reports.Charts;
using TSpin.Reports.Html;

namespace TSpin.Tuning;

/// <summary>The report's charts: score by learning rate, and by iteration of self-play.</summary>
internal static class TuneFigures
{
    public static IReadOnlyList<Markup> Of(TuneResult result)
    {
        var scale = result.Words.Unit == "points" ? 100.0 : 1;
        var axis = scale > 1 ? "score, %"
            : $"score{(result.Metric.Kind == TuneMetricKind.Likelihood ? ", nats per token" : "")}";
        TuneTrial[] trained = [.. result.Tried.Where(trial => trial.Candidate.IsTrained)];
        var figures = new List<Markup>();
        var basis = Point(0, result.Tried[0].Result!, scale);
        if (trained.Length > 1)
        {
            var rates = trained.Select(trial => trial.Candidate.Rate!.Value).Distinct().Order();
            figures.Add(Figure.Of("Score by learning rate", "the band is the base with one standard error",
                new ErrorBarChart
                {
                    Description = "Score of every trained candidate by its learning rate",
                    X = new ChartAxis("learning rate")
                    {
                        IsLogarithmic = true,
                        Ticks = [.. rates.Select(rate => KeyValuePair.Create(rate, TuneRates.Text(rate)))],
                    },
                    Y = new ChartAxis(axis) { Ceiling = scale > 1 ? 100 : null },
                    Reference = basis,
                    Series = [.. trained.GroupBy(trial => trial.Candidate.Kind).Select(kind => new ErrorBarSeries(
                    NameOf(kind.Key), (int)kind.Key - 2,
                    [.. kind.OrderBy(trial => trial.Candidate.Rate)
                        .Select(trial => Point(trial.Candidate.Rate!.Value, trial.Result!, scale))]))],
                }));
        }

        TuneTrial[] rounds = [.. trained.Where(trial => trial.Outcome!.Iterations.Count > 1)];
        if (rounds.Length > 0)
        {
            figures.Add(Figure.Of("Score by iteration of self-play", "", new ErrorBarChart
            {
                Description = "Score of self-play after each iteration",
                X = new ChartAxis("iteration")
                {
                    Ticks = [.. Enumerable.Range(0, rounds.Max(trial => trial.Outcome!.Iterations.Count))
                        .Select(t => KeyValuePair.Create((double)t, t.ToString(CultureInfo.InvariantCulture)))],
                },
                Y = new ChartAxis(axis) { Ceiling = scale > 1 ? 100 : null },
                Reference = basis,
                Series = [.. rounds.Select((trial, i) => new ErrorBarSeries(trial.Candidate.Title, i,
                    [.. trial.Outcome!.Iterations.Select((own, t) => Point(t, own, scale))]))],
            }));
        }

        return figures;
    }

    private static string NameOf(TuneKind kind) => kind switch
    {
        TuneKind.Sft => "SFT",
        TuneKind.TSpin => "T-SPIN",
        _ => "SFT, then T-SPIN",
    };

    private static ErrorBarPoint Point(double x, TuneScores found, double scale) =>
        new(x, scale * found.Mean, scale * (MeanScore.Of([.. found.Scores]).StandardError ?? double.NaN));
}
