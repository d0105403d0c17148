using System.Globalization;
using TSpin.Evaluation.Harness;

namespace TSpin.Evaluation.Comparison;

/// <summary>One metric of two evaluations, over the rows that both have.</summary>
/// <param name="Metric">Metric and filter: <c>exact_match,strict-match</c>.</param>
/// <param name="HigherIsBetter">Whether a larger value is a better one; null where neither is (the length of
/// answers).</param>
/// <param name="Difference">B against A.</param>
/// <param name="IsShare">Whether all values lie in [0, 1], so that differences are points of a hundred.</param>
/// <param name="Flips">Rows right in one and wrong in the other; null where scores are not right or wrong.</param>
public sealed record MetricComparison(string Metric, bool? HigherIsBetter, PairedDifference Difference, bool IsShare,
    IReadOnlyList<AnswerFlip>? Flips)
{
    private const double MostRowsSaid = 1e7;

    /// <summary>Answers that turned right.</summary>
    public int? Gained => Flips?.Count(flip => flip.IsGain);

    /// <summary>Answers that turned wrong.</summary>
    public int? Lost => Flips?.Count(flip => !flip.IsGain);

    /// <summary>The exact p of McNemar's test; null where scores are not right or wrong.</summary>
    public double? P => Flips is null ? null : McNemarTest.P(Gained!.Value, Lost!.Value);

    /// <summary>
    /// Whether a difference is found: by the exact test where there is one (p below 0.05), else by the 95% interval.
    /// </summary>
    public bool IsFound => P is { } p ? p < 0.05 : Difference.IsOutsideError;

    /// <summary>The better one where a difference is found: A or B; else null.</summary>
    public string? Better => IsFound && HigherIsBetter is { } higher ? Difference.Difference > 0 == higher ? "B" : "A"
        : null;

    /// <summary>The finding in a sentence.</summary>
    public string Sentence
    {
        get
        {
            var size = Math.Abs(Difference.Difference);
            var half = Difference.HalfWidth is { } width ? $" ±{Size(width)}" : "";
            if (IsFound)
            {
                return $"{(Better is { } better ? $"{better} is better by" : $"{(Difference.Difference > 0 ? "B" : "A")} is higher by")} {Size(size)}{(IsShare ? " points" : "")}{half}";
            }

            if (Difference.Rows < 2)
            {
                return "a single row tells nothing; evaluate more";
            }

            var signed = $"{(Difference.Difference < 0 ? "-" : "+")}{Size(size)}{(IsShare ? " points" : "")}{half}";
            return Difference is { Difference: 0, StandardError: 0 }
                ? $"no difference: both have the same in all {Difference.Rows:N0} rows"
                : $"no difference found ({signed}); " + (Difference.RowsToTell switch
                {
                    null when Flips is not null && size > 0 => "more rows are needed",
                    null or > MostRowsSaid => "if there is one, it is small",
                    var more => string.Create(CultureInfo.InvariantCulture,
                        $"about {more.Value:N0} rows more would tell one of this size"),
                });
        }
    }

    /// <summary>A difference as people read it: points of a hundred for shares.</summary>
    /// <param name="value">Any, at least 0.</param>
    /// <returns>The number alone.</returns>
    public string Size(double value) => IsShare ? (100 * value).ToString("F1", CultureInfo.InvariantCulture)
        : value.ToString(value < 10 ? "F3" : "F1", CultureInfo.InvariantCulture);

    // What answers are like is not right or wrong.
    private static bool IsFigure(string metric) =>
        ((string[])[AnswerFigures.TokensMetric, AnswerFigures.CutMetric, AnswerFigures.RepeatedMetric])
            .Any(figure => metric == MetricScore.KeyOf(figure, AnswerFilter.None.Name));

    /// <summary>Compares a metric over rows.</summary>
    /// <param name="metric">Its key.</param>
    /// <param name="higherIsBetter">See <see cref="HigherIsBetter"/>.</param>
    /// <param name="rows">The rows that both have with this metric, at least one.</param>
    /// <returns>The comparison.</returns>
    public static MetricComparison Of(string metric, bool? higherIsBetter,
        IReadOnlyList<(ComparedRow A, ComparedRow B)> rows)
    {
        (ComparedScore A, ComparedScore B)[] pairs =
            [.. rows.Select(row => (row.A.Scores[metric], row.B.Scores[metric]))];
        var values = pairs.SelectMany(pair => (double[])[pair.A.Value, pair.B.Value]);
        var isVerdict = values.All(value => value is 0 or 1) && pairs.All(pair => pair.A.Weight == 1)
            && !IsFigure(metric);
        return new MetricComparison(
            metric, higherIsBetter, PairedDifference.Of(pairs), values.All(value => value is >= 0 and <= 1), !isVerdict
                ? null : [.. rows.Zip(pairs)
                .Where(row => row.Second.A.Value != row.Second.B.Value)
                .Select(row =>
                    new AnswerFlip(row.First.A.Number, row.Second.B.Value == 1, row.First.A.Prompt,
                    row.First.A.Reference, row.First.A.AnswerOf(metric), row.First.B.AnswerOf(metric)))]);
    }
}
