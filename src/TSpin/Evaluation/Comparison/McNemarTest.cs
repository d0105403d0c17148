namespace TSpin.Evaluation.Comparison;

/// <summary>The exact test of McNemar: whether as many answers turned right as wrong.</summary>
public static class McNemarTest
{
    /// <summary>A p as people read it.</summary>
    /// <param name="p">The p.</param>
    /// <returns>Four digits; below them <c>&lt;0.0001</c>.</returns>
    public static string Text(double p) =>
        p < 0.0001 ? "<0.0001" : p.ToString("0.####", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Twice the smaller tail of a fair coin's binomial distribution.</summary>
    /// <param name="gained">Rows wrong before and right afterwards.</param>
    /// <param name="lost">Rows right before and wrong afterwards.</param>
    /// <returns>The two-sided p, at most 1.</returns>
    public static double P(int gained, int lost)
    {
        var (n, few) = (gained + lost, Math.Min(gained, lost));

        // The logarithm of each term from that of the one before.
        var (term, sum) = (-n * Math.Log(2), 0.0);
        for (var i = 0; i <= few; i++)
        {
            sum += Math.Exp(term);
            term += Math.Log((double)(n - i) / (i + 1));
        }

        return Math.Min(1, 2 * sum);
    }
}
