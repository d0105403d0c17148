namespace TSpin.Evaluation;

/// <summary>A mean over examples and how sure it is.</summary>
/// <param name="Score">The mean, from 0 to 1 for a share of right answers.</param>
/// <param name="StandardError">
/// As lm-evaluation-harness has it: the sample's standard deviation (n - 1) over the root of n, so <c>sqrt(p (1 - p) / (n - 1))</c> for
/// a share p. Null for a single example.
/// </param>
public sealed record MeanScore(double Score, double? StandardError)
{
    /// <summary>The mean of values and its standard error.</summary>
    /// <param name="values">One value per example.</param>
    /// <returns>The mean.</returns>
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static MeanScore Of(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0)
        {
            throw new ArgumentException("A mean needs at least one value.", nameof(values));
        }

        var mean = values.Sum() / values.Count;
        var squares = values.Sum(value => (value - mean) * (value - mean));
        return new MeanScore(mean, values.Count < 2 ? null : Math.Sqrt(squares / (values.Count - 1)) / Math.Sqrt(values.Count));
    }
}
