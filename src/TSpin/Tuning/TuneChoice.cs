using TSpin.Evaluation.Comparison;
using TSpin.Randomness;

namespace TSpin.Tuning;

/// <summary>
/// Which candidate is chosen: of each trial's iterations the earliest within one standard error of the best; of each
/// kind the one with the best mean, of equals the earlier one; of these the simplest kind within one standard error of
/// the best, paired over the examples. So the base wins where nothing is clearly better.
/// </summary>
public static class TuneChoice
{
    private const int Repetitions = 2000;

    // One problem of n is a difference of 1/n with an error of 1/n: rounding must not decide.
    private const double Rounding = 1e-9;

    /// <summary>Chooses.</summary>
    /// <param name="scores">Of every candidate a score for each example; at least one of each.</param>
    /// <param name="ranks">Of every candidate how simple it is, the lower the simpler.</param>
    /// <returns>The index of the chosen one.</returns>
    public static int Of(IReadOnlyList<IReadOnlyList<double>> scores, IReadOnlyList<int> ranks)
    {
        double[] means = [.. scores.Select(own => own is double[] array ? Sum(array) / array.Length : own.Average())];
        int[] firsts = [.. Enumerable.Range(0, scores.Count).GroupBy(i => ranks[i]).Select(kind => Best(kind, means))];
        var best = Best(firsts.OrderBy(i => ranks[i]), means);
        return firsts.Where(i =>
            means[best] - means[i] <= (Difference(scores[i], scores[best]).StandardError ?? 0) * (1 + Rounding))
            .MinBy(i => ranks[i]);
    }

    /// <summary>The paired difference of two candidates.</summary>
    /// <param name="a">One's scores.</param>
    /// <param name="b">The other's.</param>
    /// <returns>b - a.</returns>
    public static PairedDifference Difference(IReadOnlyList<double> a, IReadOnlyList<double> b) =>
        PairedDifference.Of([.. a.Select((score, i) => (new ComparedScore(score), new ComparedScore(b[i])))]);

    /// <summary>
    /// What choosing gains over the first candidate, without the flattery of having chosen on the same examples:
    /// examples are drawn with replacement, the choice is made on those drawn, and measured on those that were not
    /// (Tsamardinos, Greasidou, Borboudakis 2018: bootstrap bias corrected cross-validation).
    /// </summary>
    /// <param name="scores">Of every candidate of every iteration a score for each example; which iteration counts is
    /// chosen too.</param>
    /// <param name="ranks">As for <see cref="Of"/>.</param>
    /// <param name="seed">The run's seed.</param>
    /// <returns>The mean gain, and the bounds between which 95% of repetitions lie; null where there are fewer than ten
    /// examples or one candidate.</returns>
    public static (double Gain, double Low, double High)? Corrected(
        IReadOnlyList<IReadOnlyList<IReadOnlyList<double>>> scores, IReadOnlyList<int> ranks, ulong seed)
    {
        var examples = scores[0][0].Count;
        if (examples < 10 || scores.Count < 2)
        {
            return null;
        }

        var random = RandomStream.For(seed, "tune-optimism");
        double[][][] all = [.. scores.Select(own => own.Select(iteration => iteration.ToArray()).ToArray())];
        double[][][] drawn = [.. scores.Select(own => own.Select(_ => new double[examples]).ToArray())];
        int[][] iterations = [.. scores.Select(own => Enumerable.Range(0, own.Count).ToArray())];
        var counting = new int[all.Length];
        var isIn = new bool[examples];
        var gains = new List<double>();
        for (var repetition = 0; repetition < Repetitions; repetition++)
        {
            Array.Clear(isIn);
            for (var i = 0; i < examples; i++)
            {
                var from = random.NextInt(examples);
                isIn[from] = true;
                for (var candidate = 0; candidate < all.Length; candidate++)
                {
                    for (var iteration = 0; iteration < all[candidate].Length; iteration++)
                    {
                        drawn[candidate][iteration][i] = all[candidate][iteration][from];
                    }
                }
            }

            for (var candidate = 0; candidate < all.Length; candidate++)
            {
                counting[candidate] = drawn[candidate].Length == 1 ? 0 : Of(drawn[candidate], iterations[candidate]);
            }

            var chosen = Of([.. drawn.Select((own, candidate) => own[counting[candidate]])], ranks);
            var (gained, basis) = (all[chosen][counting[chosen]], all[0][counting[0]]);
            var (sum, outside) = (0.0, 0);
            for (var i = 0; i < examples; i++)
            {
                sum += isIn[i] ? 0 : gained[i] - basis[i];
                outside += isIn[i] ? 0 : 1;
            }

            if (outside > 0)
            {
                gains.Add(sum / outside);
            }
        }

        gains.Sort();
        return (gains.Average(), gains[(int)(0.025 * (gains.Count - 1))],
            gains[(int)Math.Ceiling(0.975 * (gains.Count - 1))]);
    }

    private static double Sum(double[] values)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += value;
        }

        return sum;
    }

    // Sums in another order may differ in the last digit; of equals the first.
    private static int Best(IEnumerable<int> candidates, double[] means)
    {
        var best = -1;
        foreach (var i in candidates)
        {
            if (best < 0 || means[i] - means[best] > 1e-12 * Math.Max(1, Math.Abs(means[i])))
            {
                best = i;
            }
        }

        return best;
    }
}
