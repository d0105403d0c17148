using Shouldly;
using TSpin.Evaluation.Comparison;
using Xunit;

namespace TSpin.Tests.Evaluation.Comparison;

/// <summary>The arithmetic of comparisons against plain sums.</summary>
public sealed class PairedDifferenceTests
{
    [Fact]
    public void The_error_is_that_of_the_mean_of_the_differences()
    {
        double[] a = [0, 1, 0.5, 0.25, 1], b = [1, 1, 0, 0.75, 0.5];
        var found = PairedDifference.Of(
            [.. a.Zip(b).Select(pair => (new ComparedScore(pair.First), new ComparedScore(pair.Second)))]);
        double[] differences = [1, 0, -0.5, 0.5, -0.5];
        var mean = differences.Average();
        found.Difference.ShouldBe(mean, 1e-15);
        found.A.ShouldBe(a.Average(), 1e-15);
        found.StandardError!.Value.ShouldBe(
            Math.Sqrt(differences.Sum(difference => Math.Pow(difference - mean, 2)) / 4 / 5), 1e-15);
        found.HalfWidth!.Value.ShouldBe(1.959963984540054 * found.StandardError.Value, 1e-15);
        // So that (z95 + z80) standard errors are the difference.
        var all = 5 + found.RowsToTell!.Value;
        (2.801585217 * found.StandardError.Value * Math.Sqrt(5 / all)).ShouldBe(mean, 0.01 * mean);
        PairedDifference.Of([(new ComparedScore(0), new ComparedScore(1))]).StandardError.ShouldBeNull();
    }

    [Fact]
    public void Rows_count_by_their_weights()
    {
        // Three verdicts in one row, one in the other, as if they were averaged over all four.
        var found = PairedDifference.Of([(new ComparedScore(1 / 3.0, 3), new ComparedScore(1, 3)),
            (new ComparedScore(1), new ComparedScore(0))]);
        found.A.ShouldBe(0.5, 1e-15);
        found.B.ShouldBe(0.75, 1e-15);
        // Deviations 3 (2/3 - 1/4) and -1 - 1/4.
        found.StandardError!.Value.ShouldBe(Math.Sqrt(((1.25 * 1.25) + (1.25 * 1.25)) * 2) / 4, 1e-12);
    }

    // R: binom.test(min, n)$p.value
    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(3, 0, 0.25)]
    [InlineData(0, 6, 0.03125)]
    [InlineData(5, 5, 1)]
    [InlineData(10, 2, 0.03857421875)]
    [InlineData(60, 40, 0.05688793364098078)]
    public void Mc_Nemars_test_is_the_exact_one(int gained, int lost, double p)
    {
        McNemarTest.P(gained, lost).ShouldBe(p, 1e-12);
        McNemarTest.P(lost, gained).ShouldBe(p, 1e-12);
    }

    [Fact]
    public void Many_flips_do_not_underflow() => McNemarTest.P(10000, 9900).ShouldBeInRange(0.48, 0.485);

    [Fact]
    public void Sentences_say_who_is_better_or_how_many_rows_more_would_tell()
    {
        Metric(30, 10, 60).ShouldBe("B is better by 20.0 points ±11.8");
        Metric(10, 30, 60).ShouldBe("A is better by 20.0 points ±11.8");
        Metric(30, 10, 60, higherIsBetter: false).ShouldBe("A is better by 20.0 points ±11.8");
        Metric(30, 10, 60, higherIsBetter: null).ShouldBe("B is higher by 20.0 points ±11.8");
        Metric(0, 0, 60).ShouldBe("no difference: both have the same in all 60 rows");
        Metric(7, 7, 60).ShouldBe("no difference found (+0.0 points ±10.0); if there is one, it is small");
        // Three of three flipped: the interval has no width, and the exact test says that it means nothing.
        Metric(3, 0, 0).ShouldBe("no difference found (+100.0 points ±0.0); more rows are needed");
        Metric(6, 3, 91)
            .ShouldBe("no difference found (+3.0 points ±5.9); about 685 rows more would tell one of this size");
        Metric(1, 0, 0).ShouldBe("a single row tells nothing; evaluate more");
    }

    private static string Metric(int gained, int lost, int same, bool? higherIsBetter = true)
    {
        var rows = Enumerable.Range(0, gained + lost + same)
            .Select(i => (Row(i, i < lost ? 1 : 0), Row(i, i >= lost && i < lost + gained ? 1 : 0))).ToArray();
        return MetricComparison.Of("acc,none", higherIsBetter, rows).Sentence;
    }

    private static ComparedRow Row(int number, double score) =>
        new(number, null, "p", "r", "a", new Dictionary<string, ComparedScore> { ["acc,none"] = new(score) });
}
