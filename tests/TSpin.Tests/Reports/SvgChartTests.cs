using System.Globalization;
using System.Xml.Linq;
using Shouldly;
using TSpin.Reports.Charts;
using Xunit;

namespace TSpin.Tests.Reports;

public sealed class SvgChartTests
{
    private const string Nasty = "<b>\"x\" & 'y'\u0000\ud800";

    public static TheoryData<string, double[]> Series => new()
    {
        { "ordinary", [1, 2, 3, 2, 1] },
        { "one point", [4] },
        { "no point", [] },
        { "nothing finite", [double.NaN, double.NaN] },
        { "gaps", [1, double.NaN, 3, double.PositiveInfinity, 5, double.NegativeInfinity] },
        { "flat", [7, 7, 7] },
        { "enormous", [1e308, -1e308, 3] },
        { "tiny", [1e-320, 2e-320] },
    };

    [Theory]
    [MemberData(nameof(Series))]
    public void Charts_of_any_values_are_well_formed_and_inside_the_picture(string what, double[] values)
    {
        var points = values.Select((value, i) => new LinePoint(i + 1, value, value, value)).ToArray();
        SvgChart[] charts =
        [
            new LineChart
            {
                Description = what + Nasty,
                X = new ChartAxis("step" + Nasty),
                Y = new ChartAxis("loss, nats"),
                Series = [new LineSeries(Nasty, 0, points), new LineSeries("other", 9, points)],
                Marks = [KeyValuePair.Create(1.0, Nasty)],
            },
            new ErrorBarChart
            {
                Description = what,
                X = new ChartAxis("iteration"),
                Y = new ChartAxis("accuracy, %") { Ceiling = 100 },
                Series = [new ErrorBarSeries(Nasty, 0, points.Select(point => new ErrorBarPoint(point.X, point.Y, point.X > 2 ? double.NaN : 0.5)).ToArray())],
                Reference = new ErrorBarPoint(0, 2, 1),
            },
            new PointChart
            {
                Description = what,
                X = new ChartAxis("nats"),
                Y = new ChartAxis("accuracy, %") { Ceiling = 100 },
                Series = [new ErrorBarSeries(Nasty, 3, points.Select(point => new ErrorBarPoint(point.X, point.Y, double.NaN) { Low = point.Y - 1, High = point.Y + 9 }).ToArray())],
            },
            new ScatterChart
            {
                Description = what,
                X = new ChartAxis("gap"),
                Y = new ChartAxis("gap"),
                QuadrantName = Nasty,
                OtherName = "others",
                Points = values.Select(value => KeyValuePair.Create(value, -value)).ToArray(),
            },
        ];
        foreach (var chart in charts)
        {
            var svg = XElement.Parse(chart.Draw().Text);
            svg.Name.LocalName.ShouldBe("svg");
            svg.ToString().ShouldNotContain("NaN");
            svg.ToString().ShouldNotContain("∞");
            foreach (var text in svg.Descendants("text"))
            {
                double.Parse((string)text.Attribute("x")!, CultureInfo.InvariantCulture).ShouldBeInRange(0, 440);
                double.Parse((string)text.Attribute("y")!, CultureInfo.InvariantCulture).ShouldBeInRange(0, 280);
            }
        }
    }

    [Fact]
    public void A_line_breaks_where_a_value_is_missing_and_shows_a_lonely_one_as_a_dot()
    {
        double[] values = [1, 2, double.NaN, 4, double.NaN, 6, 7];
        var chart = new LineChart
        {
            Description = "",
            X = new ChartAxis("x"),
            Y = new ChartAxis("y"),
            Series = [new LineSeries("a", 0, values.Select((value, i) => new LinePoint(i, value, value, value)).ToArray())],
        };
        var path = (string)XElement.Parse(chart.Draw().Text).Elements("path").Single(element => element.Attribute("data-name") is not null).Attribute("d")!;
        path.Count(c => c == 'M').ShouldBe(3);
        path.ShouldContain("h0");
    }

    [Fact]
    public void Points_land_where_the_axes_say()
    {
        var chart = new LineChart
        {
            Description = "",
            X = new ChartAxis("x"),
            Y = new ChartAxis("y") { IncludeZero = true },
            Series = [new LineSeries("a", 0, [new LinePoint(0, 0, 0, 0), new LinePoint(10, 8, 8, 8)])],
        };
        var svg = XElement.Parse(chart.Draw().Text);
        double Data(string name) => double.Parse((string)svg.Attribute("data-" + name)!, CultureInfo.InvariantCulture);
        Data("y0").ShouldBe(0);
        Data("y1").ShouldBe(10);
        var expectedTop = Data("bottom") + (0.8 * (Data("top") - Data("bottom")));
        var path = (string)svg.Elements("path").Single(element => element.Attribute("data-name") is not null).Attribute("d")!;
        var coordinates = path[1..].Split('L').SelectMany(point => point.Split(' ')).Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        coordinates.ShouldBe([Data("left"), Data("bottom"), Data("right"), expectedTop], 0.11);
    }

    [Fact]
    public void Scatter_marks_the_quadrant_of_higher_reward_and_lower_likelihood_only()
    {
        var chart = new ScatterChart
        {
            Description = "",
            X = new ChartAxis("x"),
            Y = new ChartAxis("y"),
            QuadrantName = "misaligned",
            OtherName = "others",
            Points = [KeyValuePair.Create(-1.0, 1.0), KeyValuePair.Create(1.0, 1.0), KeyValuePair.Create(1.0, -1.0), KeyValuePair.Create(-1.0, -1.0), KeyValuePair.Create(0.0, 1.0)],
        };
        var svg = XElement.Parse(chart.Draw().Text);
        string Path(string kind) => (string)svg.Elements("path").Single(element => ((string)element.Attribute("class")!).StartsWith(kind, StringComparison.Ordinal)).Attribute("d")!;
        Path("cloud").Count(c => c == 'M').ShouldBe(4);
        Path("crosses").Count(c => c == 'M').ShouldBe(1);
    }

    [Fact]
    public void A_bar_may_be_longer_to_one_side()
    {
        ErrorBarChart Chart(params ErrorBarPoint[] points) => new()
        {
            Description = "bars",
            X = new ChartAxis("examples"),
            Y = new ChartAxis("score"),
            Series = [new ErrorBarSeries("a", 0, points)],
        };
        var even = Chart(new(0, 0, 1), new(1, 5, 1)).Draw().Text;
        Chart(new(0, 0, double.NaN) { Low = -1, High = 1 }, new(1, 5, double.NaN) { Low = 4, High = 6 }).Draw().Text
            .Replace("[-1, 1]", "± 1", StringComparison.Ordinal).Replace("[4, 6]", "± 1", StringComparison.Ordinal).ShouldBe(even);
        Chart(new(0, 0, 1), new(1, 5, double.NaN) { Low = 4.5, High = 6 }).Draw().Text.ShouldContain("5 [4.5, 6]");
    }
}
