using Shouldly;
using TSpin.Randomness;
using TSpin.Studies.Statistics;
using Xunit;

namespace TSpin.Tests.Studies.Statistics;

/// <summary>Means over seeds and items, their variance and their intervals, against plain arithmetic and simulation.</summary>
public sealed class CrossedBootstrapTests
{
    [Theory]
    [InlineData(1, 12.706205)]
    [InlineData(2, 4.302653)]
    [InlineData(3, 3.182446)]
    [InlineData(4, 2.776445)]
    [InlineData(10, 2.228139)]
    [InlineData(30, 2.042272)]
    [InlineData(1000, 1.962339)]
    [InlineData(double.PositiveInfinity, 1.959964)]
    public void Quantiles_of_t_are_those_of_the_tables(double degrees, double expected) =>
        StudentT.Quantile975(degrees).ShouldBe(expected, 2e-6);

    [Fact]
    public void Variances_are_those_of_the_mean_squares_written_out()
    {
        // By hand: rows 1, 4 and columns 1.5, 3, 3 around 2.5.
        var found = CrossedVariance.Of(new ScoreMatrix([1, 2], [[0, 1, 2], [3, 5, 4]]));
        const double ofRows = ((1 - 2.5) * (1 - 2.5) * 3) + ((4 - 2.5) * (4 - 2.5) * 3);
        const double ofColumns = (1 + 0.25 + 0.25) * 2 / 2.0;
        const double ofRest = (0 + 0.25 + 0.25 + 0 + 0.25 + 0.25) / 2.0;
        found.OfRest.ShouldBe(ofRest, 1e-12);
        found.OfSeeds!.Value.ShouldBe((ofRows - ofRest) / 3, 1e-12);
        found.OfItems.ShouldBe((ofColumns - ofRest) / 2, 1e-12);
        found.OfMean.ShouldBe((found.OfSeeds.Value / 2) + (found.OfItems / 3) + (ofRest / 6), 1e-12);
    }

    [Fact]
    public void A_single_seed_or_item_gives_the_usual_variance_of_the_other()
    {
        var oneSeed = CrossedVariance.Of(new ScoreMatrix([1], [[0, 1, 1, 0]]));
        oneSeed.OfSeeds.ShouldBeNull();
        oneSeed.OfMean.ShouldBe(1.0 / 3 / 4, 1e-12);
        oneSeed.SeedsToTell(0.1).ShouldBeNull();
        var oneItem = CrossedVariance.Of(new ScoreMatrix([1, 2, 3], [[1], [2], [4.5]]));
        oneItem.OfMean.ShouldBe(3.25 / 3, 1e-12);
        oneItem.Degrees.ShouldBe(2, 1e-12);
        CrossedVariance.Of(new ScoreMatrix([1], [[3]])).OfMean.ShouldBe(0);
    }

    [Fact]
    public void Resampled_means_are_those_of_a_slow_reference()
    {
        var scores = Draw(new RandomStream(4), 3, 7, 1, 1, 1);
        var draws = RandomStream.For(9, "study-bootstrap");
        var expected = new List<double>();
        for (var b = 0; b < 50; b++)
        {
            int[] seeds = [.. Enumerable.Range(0, 3).Select(_ => draws.NextInt(3))];
            int[] items = [.. Enumerable.Range(0, 7).Select(_ => draws.NextInt(7))];
            expected.Add(seeds.SelectMany(s => items.Select(i => scores[s][i])).Average());
        }

        expected.Sort();
        var found = new CrossedBootstrap(50, 9).Means(scores);
        for (var b = 0; b < 50; b++)
        {
            found[b].ShouldBe(expected[b], 1e-12);
        }

        CrossedBootstrap.Quantile(found, 0.025).ShouldBe(found[1] + (0.225 * (found[2] - found[1])), 1e-12);
    }

    [Fact]
    public void The_same_scores_give_the_same_interval_and_another_seed_nearly_the_same()
    {
        var scores = Draw(new RandomStream(5), 5, 40, 0.1, 0.3, 0.2);
        var first = new CrossedBootstrap().Of(scores);
        new CrossedBootstrap().Of(scores).ShouldBe(first);
        var other = new CrossedBootstrap(seed: 2).Of(scores);
        other.Low.ShouldNotBe(first.Low);
        other.Low.ShouldBe(first.Low, 0.05 * (first.High - first.Low));
        new CrossedBootstrap().Of(new ScoreMatrix([1, 2], [[0.5, 0.5], [0.5, 0.5]])).ShouldSatisfyAllConditions(
            same => same.Low.ShouldBe(0.5), same => same.High.ShouldBe(0.5));
    }

    // Of 400 worlds whose mean is 0, how many intervals hold it: by seeds, where these matter most, items, or both.
    [Theory]
    [InlineData(2, 40, 0.2, 0.2, 3)]
    [InlineData(3, 40, 1, 0.2, 0.5)]
    [InlineData(5, 40, 0.3, 0.3, 3)]
    [InlineData(10, 60, 1, 1, 0.3)]
    public void Intervals_hold_the_mean_as_often_as_they_say(int seeds, int items, double ofSeeds, double ofItems, double ofRest)
    {
        const int worlds = 400;
        var draws = new RandomStream(77);
        var held = 0;
        for (var w = 0; w < worlds; w++)
        {
            var found = new CrossedBootstrap(300, (ulong)w).Of(Draw(draws, seeds, items, ofSeeds, ofItems, ofRest));
            held += found.Low <= 0 && found.High >= 0 ? 1 : 0;
        }

        // The error of a share of 400 is 1.1 points.
        ((double)held / worlds).ShouldBeInRange(0.91, 0.97);
    }

    [Theory]
    [InlineData(2, 40)]
    [InlineData(5, 7)]
    public void Drawing_rows_and_columns_finds_what_is_left_of_scores_more_than_once(int rows, int columns)
    {
        var found = 0.0;
        var draws = new RandomStream(8);
        for (var w = 0; w < 200; w++)
        {
            var means = new CrossedBootstrap(200, (ulong)w).Means(Draw(draws, rows, columns, 0, 0, 1));
            var mean = means.Average();
            found += means.Sum(value => (value - mean) * (value - mean)) / (means.Length - 1) / 200;
        }

        // Each of the draws finds n - 1 of n, and both together their product.
        (found * rows * columns).ShouldBe(((2 - (1.0 / rows)) * (2 - (1.0 / columns))) - 1, 0.15);
    }

    [Fact]
    public void The_seeds_that_are_said_to_tell_do_tell_in_four_of_five_worlds()
    {
        const double difference = 0.5;
        var variance = new CrossedVariance(4, 50, 0.36, 0.5, 1);
        var seeds = 4 + (int)variance.SeedsToTell(difference)!.Value;
        var draws = new RandomStream(3);
        var found = 0;
        for (var w = 0; w < 200; w++)
        {
            found += new CrossedBootstrap(200, (ulong)w).Of(Draw(draws, seeds, 50, 0.6, Math.Sqrt(0.5), 1, difference)).Low > 0 ? 1 : 0;
        }

        // The error of a share of 200 is 2.8 points.
        (found / 200.0).ShouldBeInRange(0.71, 0.88);
        variance.SeedsToTell(0.2).ShouldBeNull("the items alone leave more than that");
        variance.ItemsToTell(2)!.Value.ShouldBe(1);
    }

    private static ScoreMatrix Draw(RandomStream draws, int seeds, int items, double ofSeeds, double ofItems, double ofRest, double mean = 0)
    {
        double[] columns = [.. Enumerable.Range(0, items).Select(_ => ofItems * draws.NextNormal())];
        return new ScoreMatrix([.. Enumerable.Range(1, seeds).Select(s => (ulong)s)], [.. Enumerable.Range(0, seeds).Select(_ =>
        {
            var row = ofSeeds * draws.NextNormal();
            return columns.Select(column => mean + row + column + (ofRest * draws.NextNormal())).ToArray();
        })]);
    }
}
