using Shouldly;
using TSpin.Reports.Charts;
using Xunit;

namespace TSpin.Tests.Reports;

public sealed class AxisTicksTests
{
    [Theory]
    [InlineData(0, 100)]
    [InlineData(-38.2, -20.7)]
    [InlineData(0.0000003, 0.0000098)]
    [InlineData(12, 12)]
    [InlineData(0, 0)]
    [InlineData(-1e-12, 5e11)]
    [InlineData(1, 1.0000000000000002)]
    [InlineData(-1e149, 1e149)]
    [InlineData(4.9e-324, 1e-323)]
    public void Ticks_enclose_the_range_and_are_few(double minimum, double maximum)
    {
        var ticks = AxisTicks.Enclosing(minimum, maximum, 5);
        var slack = (ticks[^1] - ticks[0]) * 1e-8;
        ticks.Count.ShouldBeInRange(2, 9);
        ticks[0].ShouldBeLessThanOrEqualTo(minimum + slack);
        ticks[^1].ShouldBeGreaterThanOrEqualTo(maximum - slack);
        ticks.ShouldBe(ticks.Order());
        ticks.ShouldAllBe(tick => double.IsFinite(tick));
    }

    [Fact]
    public void Ticks_are_round()
    {
        AxisTicks.Enclosing(0.3, 9.2, 5).ShouldBe([0, 2, 4, 6, 8, 10]);
        AxisTicks.Enclosing(-0.31, 0.22, 5).ShouldBe([-0.4, -0.2, 0, 0.2, 0.4], 1e-12);
        AxisTicks.Within(1, 300, 6).ShouldBe([50, 100, 150, 200, 250, 300]);
    }

    [Fact]
    public void Labels_have_as_many_decimals_as_needed_and_no_more()
    {
        AxisTicks.Labels([0, 50, 100]).ShouldBe(["0", "50", "100"]);
        AxisTicks.Labels([-0.5, 0, 0.25]).ShouldBe(["−0.50", "0.00", "0.25"]);
        AxisTicks.Labels([0, 2e-6, 1e-5]).ShouldBe(["0", "2e-6", "1e-5"]);
        AxisTicks.Labels([0, 2_500_000]).ShouldBe(["0", "2.5e6"]);
    }
}
