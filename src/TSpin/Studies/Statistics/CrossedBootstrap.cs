using TSpin.Randomness;

namespace TSpin.Studies.Statistics;

/// <summary>
/// 95% intervals of means over seeds and items: both are drawn anew with replacement, at once and independently
/// (the pigeonhole bootstrap of Owen, Annals of Applied Statistics 2007), and the middle 95% of the means are taken. That
/// gives the interval its shape; its width becomes that of t at the degrees of freedom found, times the standard error
/// by variances. For such draws find other variances than there are: of R seeds (1 - 1/R), of C items (1 - 1/C), and of
/// what is left (2 - 1/R)(2 - 1/C) - 1, which is nearly 3; and the draws of two seeds have only three means.
/// </summary>
/// <param name="resamples">How often is drawn.</param>
/// <param name="seed">From which the draws derive.</param>
public sealed class CrossedBootstrap(int resamples = CrossedBootstrap.UsualResamples, ulong seed = 1)
{
    /// <summary>Enough that the ends move by a hundredth of the interval.</summary>
    public const int UsualResamples = 4000;

    private const string Name = "study-bootstrap";

    /// <summary>The mean with its interval.</summary>
    /// <param name="scores">The scores, or differences of scores.</param>
    /// <returns>The estimate; the same for the same scores and seed. With a single seed the interval is that of items
    /// alone.</returns>
    public ScoreEstimate Of(ScoreMatrix scores)
    {
        var (mean, variance) = (scores.Mean, CrossedVariance.Of(scores));
        var means = Means(scores);
        var (below, above) = (Math.Max(0, mean - Quantile(means, 0.025)), Math.Max(0, Quantile(means, 0.975) - mean));
        var width = 2 * StudentT.Quantile975(variance.Degrees) * Math.Sqrt(variance.OfMean);
        // By shares of the width; where draws show none there is none.
        var stretch = below + above > 0 ? width / (below + above) : 0;
        return new ScoreEstimate(mean, mean - (stretch * below), mean + (stretch * above), variance);
    }

    /// <summary>The means of all resamples, in ascending order.</summary>
    /// <param name="scores">The scores.</param>
    /// <returns>As many as resamples.</returns>
    public double[] Means(ScoreMatrix scores)
    {
        var draws = RandomStream.For(seed, Name);
        var (seeds, items) = (scores.Seeds.Count, scores.Items);
        var (means, columns) = (new double[resamples], new double[items]);
        for (var b = 0; b < resamples; b++)
        {
            Array.Clear(columns);
            for (var s = 0; s < seeds; s++)
            {
                var row = scores[draws.NextInt(seeds)];
                for (var i = 0; i < items; i++)
                {
                    columns[i] += row[i];
                }
            }

            var sum = 0.0;
            for (var i = 0; i < items; i++)
            {
                sum += columns[draws.NextInt(items)];
            }

            means[b] = sum / ((double)seeds * items);
        }

        Array.Sort(means);
        return means;
    }

    /// <summary>A quantile of sorted values, between neighbours in proportion.</summary>
    /// <param name="sorted">At least one.</param>
    /// <param name="share">In [0, 1].</param>
    /// <returns>The value.</returns>
    public static double Quantile(IReadOnlyList<double> sorted, double share)
    {
        var at = share * (sorted.Count - 1);
        var below = (int)Math.Floor(at);
        var above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + ((at - below) * (sorted[above] - sorted[below]));
    }
}
