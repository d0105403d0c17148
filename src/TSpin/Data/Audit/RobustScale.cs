namespace TSpin.Data.Audit;

/// <summary>The middle of some numbers and how far they lie from it, both unmoved by a few wild ones.</summary>
/// <param name="Median">The median.</param>
/// <param name="Spread">1.4826 times the median distance from it: the standard deviation, where the numbers are normal.</param>
internal sealed record RobustScale(double Median, double Spread)
{
    public static RobustScale Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        var median = Middle(sorted);
        return new RobustScale(median, 1.4826 * Middle([.. sorted.Select(value => Math.Abs(value - median)).Order()]));
    }

    /// <summary>How many spreads a number lies above the median; with a least spread, where nearly all are the same.</summary>
    public double Of(double value, double leastSpread) => (value - Median) / Math.Max(Spread, leastSpread);

    private static double Middle(double[] sorted) => sorted.Length == 0 ? 0
        : sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
}
