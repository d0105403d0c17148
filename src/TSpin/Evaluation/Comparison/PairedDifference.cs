namespace TSpin.Evaluation.Comparison;

/// <summary>The mean of the differences of the same rows, and how sure it is.</summary>
/// <param name="Rows">How many.</param>
/// <param name="A">Mean of the first evaluation, over these rows.</param>
/// <param name="B">Mean of the second.</param>
/// <param name="StandardError">Of the difference; null for a single row.</param>
public sealed record PairedDifference(int Rows, double A, double B, double? StandardError)
{
    /// <summary>Width of a 95% interval of a normal distribution, to each side, in standard errors.</summary>
    public const double Coverage95 = 1.959963984540054;

    // With this many standard errors a difference is found in four of five repetitions: 1.96 + 0.84.
    private const double Power80 = Coverage95 + 0.8416212335729143;

    /// <summary>B - A.</summary>
    public double Difference => B - A;

    /// <summary>Half of the 95% interval; null where it is not known.</summary>
    public double? HalfWidth => Coverage95 * StandardError;

    /// <summary>Whether zero lies outside of the interval.</summary>
    public bool IsOutsideError => HalfWidth is { } half && Math.Abs(Difference) > half;

    /// <summary>
    /// Rows beside these that would tell a difference as large as this one, four times of five; null where there is
    /// none at all.
    /// </summary>
    public double? RowsToTell => StandardError is { } error && Difference != 0 && error > 0
        ? Math.Max(1, Math.Ceiling((Rows * Math.Pow(Power80 * error / Difference, 2)) - Rows)) : null;

    /// <summary>
    /// Compares the scores of the same rows. The error is that of a weighted mean of the differences, by the deviations
    /// from it; with equal weights the usual one.
    /// </summary>
    /// <param name="pairs">The scores of each row, with the same weight on both sides; at least one.</param>
    /// <returns>The difference.</returns>
    public static PairedDifference Of(IReadOnlyList<(ComparedScore A, ComparedScore B)> pairs)
    {
        var weight = pairs.Sum(pair => pair.A.Weight);
        var (a, b) = (pairs.Sum(pair => pair.A.Weight * pair.A.Value) / weight,
            pairs.Sum(pair => pair.A.Weight * pair.B.Value) / weight);
        double rows = pairs.Count;
        var squares = pairs.Sum(pair => Math.Pow(pair.A.Weight * (pair.B.Value - pair.A.Value - (b - a)), 2));
        return new PairedDifference(pairs.Count, a, b, rows < 2 ? null
            : Math.Sqrt(squares * rows / (rows - 1)) / weight);
    }
}
