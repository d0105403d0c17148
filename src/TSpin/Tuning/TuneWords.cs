using System.Globalization;
using TSpin.Evaluation.Comparison;

namespace TSpin.Tuning;

/// <summary>How scores and differences read: shares in percent and points, others in their own unit.</summary>
/// <param name="isShare">Whether scores are shares.</param>
/// <param name="metric">What they are.</param>
public sealed class TuneWords(bool isShare, TuneMetric metric)
{
    /// <summary>The words of some trials.</summary>
    /// <param name="tried">Tried to their end.</param>
    /// <param name="metric">What they were chosen by.</param>
    /// <returns>Shares where every score is within [0, 1] and is no likelihood.</returns>
    public static TuneWords Of(IReadOnlyList<TuneTrial> tried, TuneMetric metric) => new(
        metric.Kind != TuneMetricKind.Likelihood
            && tried.SelectMany(trial => trial.Result!.Scores).All(score => score is >= 0 and <= 1), metric);

    /// <summary>What differences are counted in.</summary>
    public string Unit => isShare ? "points" : metric.Kind == TuneMetricKind.Likelihood ? "nats per token"
        : "of the score";

    /// <summary>A trial's mean score.</summary>
    /// <param name="trial">Tried to its end.</param>
    /// <returns>As <c>81%</c> or <c>-1.234</c>.</returns>
    public string Score(TuneTrial trial) => isShare ? $"{Number(trial.Result!.Mean)}%" : Number(trial.Result!.Mean);

    /// <summary>A trial's mean score with its standard error.</summary>
    /// <param name="trial">Tried to its end.</param>
    /// <returns>As <c>81% ±4</c>.</returns>
    public string ScoreWithError(TuneTrial trial)
    {
        var error = Evaluation.MeanScore.Of([.. trial.Result!.Scores]).StandardError;
        return Score(trial) + (error is { } own ? $" ±{Number(own)}" : "");
    }

    /// <summary>A difference with half of its 95% interval.</summary>
    /// <param name="difference">The difference.</param>
    /// <returns>As <c>+66 ±6 points</c>.</returns>
    public string Difference(PairedDifference difference) => IsNone(difference) ? "the same on every example"
        : $"{Number(difference.Difference, isSigned: true)}{(difference.HalfWidth is { } half ? $" ±{Number(half)}" : "")} {Unit}";

    /// <summary>How many examples more would tell, where this difference is within its error.</summary>
    /// <param name="difference">The difference.</param>
    /// <returns>Words behind a sentence, or none.</returns>
    public string More(PairedDifference difference) => difference.IsOutsideError || IsNone(difference) ? ""
        : difference.RowsToTell is { } rows
            ? string.Create(CultureInfo.InvariantCulture,
                $"; about {Rounded(rows):N0} held-out examples more would tell")
        : "; they are level, and no number of examples would tell a difference of nothing";

    /// <summary>A number in the unit.</summary>
    /// <param name="value">A score or a difference.</param>
    /// <param name="isSigned">With a plus where it is above 0.</param>
    /// <returns>The number: percent without decimals where they are whole enough, else three decimals.</returns>
    public string Number(double value, bool isSigned = false)
    {
        var text = isShare ? (100 * value).ToString(Math.Abs(value) < 0.0995 ? "0.#" : "0",
            CultureInfo.InvariantCulture)
            : value.ToString("0.000", CultureInfo.InvariantCulture);
        return text.TrimStart('-').All(c => c is '0' or '.') ? text.TrimStart('-')
            : isSigned && value > 0 ? $"+{text}" : text;
    }

    private static bool IsNone(PairedDifference difference) =>
        difference is { Difference: 0, StandardError: 0 or null };

    // Two digits: more would be more than is known.
    private static double Rounded(double rows)
    {
        var unit = Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(rows)) - 1));
        return Math.Ceiling(rows / unit) * unit;
    }
}
