using Shouldly;
using TSpin.Reports.Charts;
using Xunit;

namespace TSpin.Tests.Reports;

public sealed class LinePointsTests
{
    [Fact]
    public void A_short_series_stays_as_it_is()
    {
        var points = LinePoints.Thin([1, 2, 3], [5, double.NaN, 7], [0], 100);
        points.Select(point => point.X).ShouldBe([1, 2, 3]);
        points.Select(point => point.Y).ShouldBe([5, double.NaN, 7]);
    }

    [Fact]
    public void Thinning_keeps_the_mean_and_the_spike()
    {
        var x = Enumerable.Range(0, 10_000).Select(i => (double)i).ToArray();
        var y = x.Select(value => value == 4321 ? 1000.0 : 1.0).ToArray();
        var points = LinePoints.Thin(x, y, [0], 100);
        points.Count.ShouldBe(100);
        var spike = points.Single(point => point.High > 1);
        spike.High.ShouldBe(1000);
        spike.Low.ShouldBe(1);
        spike.Y.ShouldBe((1000 + 99) / 100.0, 1e-12);
    }

    [Fact]
    public void Buckets_do_not_reach_from_one_iteration_into_the_next()
    {
        var x = Enumerable.Range(0, 50).Select(i => (double)i).ToArray();
        var y = x.Select(value => value < 25 ? 0.0 : 1.0).ToArray();
        LinePoints.Thin(x, y, [0, 25], 5).ShouldAllBe(point => point.Y == 0 || point.Y == 1);
    }

    [Fact]
    public void A_bucket_passes_over_what_is_not_a_number()
    {
        var points = LinePoints.Thin([0, 1, 2, 3], [1, double.NaN, double.PositiveInfinity, double.NaN], [0], 2);
        points[0].ShouldBe(new LinePoint(0.5, 1, 1, 1));
        points[1].Y.ShouldBe(double.NaN);
    }
}
