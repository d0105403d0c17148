using System.Text;
using TSpin.Reports.Html;

namespace TSpin.Reports.Charts;

/// <summary>A cloud of points around the origin with one quadrant, the upper left, marked out.</summary>
public sealed class ScatterChart : SvgChart
{
    /// <summary>The points; those that are not finite are left out.</summary>
    public required IReadOnlyList<KeyValuePair<double, double>> Points { get; init; }

    /// <summary>What a point in the upper left quadrant (X below, Y above zero) is called.</summary>
    public required string QuadrantName { get; init; }

    /// <summary>What the other points are called.</summary>
    public required string OtherName { get; init; }

    /// <summary>Colour index of the points outside the quadrant.</summary>
    public int Colour { get; init; }

    /// <inheritdoc/>
    protected override double HorizontalPadding => 0.04;

    /// <inheritdoc/>
    protected override IEnumerable<double> XValues() => Points.Select(point => point.Key).Append(0);

    /// <inheritdoc/>
    protected override IEnumerable<double> YValues() => Points.Select(point => point.Value).Append(0);

    /// <inheritdoc/>
    protected override IReadOnlyList<KeyValuePair<string, Markup>> Legend() =>
    [
        KeyValuePair.Create(OtherName, Markup.Of($"<path class=\"cloud s{Colour % Colours}\" d=\"M11 0h0\"/>")),
        KeyValuePair.Create(QuadrantName, Markup.Of($"<path class=\"crosses\" d=\"{Cross(11, 0)}\"/>")),
    ];

    private protected override Markup DrawPlot(AxisScale x, AxisScale y)
    {
        var (cloud, crosses) = (new StringBuilder(), new StringBuilder());
        foreach (var (horizontal, vertical) in Points.Where(point => Math.Abs(point.Key) < 1e150 && Math.Abs(point.Value) < 1e150))
        {
            if (horizontal < 0 && vertical > 0)
            {
                crosses.Append(Cross(x[horizontal], y[vertical]).Text);
            }
            else
            {
                cloud.Append(Markup.Of($"M{x[horizontal]} {y[vertical]}h0").Text);
            }
        }

        return Markup.Of($"""
            <rect class="quadrant" x="{x.From}" y="{y.To}" width="{Math.Max(0, x[0] - x.From)}" height="{Math.Max(0, y[0] - y.To)}"/>
            <path class="zero" d="M{x.From} {y[0]}H{x.To}M{x[0]} {y.From}V{y.To}"/>
            <path class="cloud s{Colour % Colours}" d="{cloud.ToString()}"/>
            <path class="crosses" d="{crosses.ToString()}"/>
            """);
    }

    private static Markup Cross(double x, double y) => Markup.Of($"M{x - 2.4} {y - 2.4}l4.8 4.8m0 -4.8l-4.8 4.8");
}
