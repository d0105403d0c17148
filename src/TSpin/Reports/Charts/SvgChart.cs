using System.Text;
using TSpin.Reports.Html;

namespace TSpin.Reports.Charts;

/// <summary>
/// A chart drawn as one inline SVG element: axes with round ticks and titled units, a legend, and classes (<c>s0</c> to <c>s7</c>)
/// that the page's style sheet colours for light, dark and print. Also readable as text: it has a title and a description.
/// </summary>
public abstract class SvgChart
{
    /// <summary>Number of colours the style sheet has; indices beyond it start over.</summary>
    public const int Colours = 8;

    private const double FontSize = 12;
    private const double LineHeight = 17;

    /// <summary>What the chart shows, for readers that cannot see it.</summary>
    public required string Description { get; init; }

    /// <summary>The horizontal axis.</summary>
    public required ChartAxis X { get; init; }

    /// <summary>The vertical axis.</summary>
    public required ChartAxis Y { get; init; }

    /// <summary>Width in SVG units; the page scales the chart to its column. Default: 440.</summary>
    public double Width { get; init; } = 440;

    /// <summary>Height in SVG units. Default: 280.</summary>
    public double Height { get; init; } = 280;

    /// <summary>Space left free at both ends of the horizontal axis, as a share of it.</summary>
    protected virtual double HorizontalPadding => 0;

    /// <summary>All values on the horizontal axis.</summary>
    /// <returns>The values; those that are not finite are passed over.</returns>
    protected abstract IEnumerable<double> XValues();

    /// <summary>All values on the vertical axis, ends of error bars included.</summary>
    /// <returns>The values; those that are not finite are passed over.</returns>
    protected abstract IEnumerable<double> YValues();

    /// <summary>Names in the legend, each with its key drawn around the origin, 22 units wide.</summary>
    /// <returns>The entries; a single one is not shown, the axis title says enough.</returns>
    protected abstract IReadOnlyList<KeyValuePair<string, Markup>> Legend();

    /// <summary>Draws what is inside the axes.</summary>
    /// <param name="x">Horizontal scale.</param>
    /// <param name="y">Vertical scale.</param>
    /// <returns>SVG elements.</returns>
    private protected abstract Markup DrawPlot(AxisScale x, AxisScale y);

    /// <summary>Draws the chart.</summary>
    /// <returns>One <c>svg</c> element, well-formed XML.</returns>
    public Markup Draw()
    {
        var y = AxisScale.Rounded(Y, YValues(), 5);
        var x = AxisScale.Tight(X, XValues(), 6, HorizontalPadding);
        var left = 14 + y.Ticks.Max(tick => TextWidth(tick.Value));
        var legend = LayOutLegend(Legend(), out var legendHeight);
        var top = LineHeight + 7 + legendHeight;
        var bottom = Height - 40;
        var right = Width - 12;
        y = y.Between(bottom, top);
        x = x.Between(left, right);
        return Markup.Of($"""
            <svg class="chart" viewBox="0 0 {Width} {Height}" role="img" aria-label="{Description}" data-left="{left}" data-right="{right}" data-top="{top}" data-bottom="{bottom}" data-x0="{x.Minimum:R}" data-x1="{x.Maximum:R}" data-y0="{y.Minimum:R}" data-y1="{y.Maximum:R}">
            <text class="axis-title" x="2" y="12">{Y.Title}</text>
            {legend}{DrawGrid(x, y)}
            {DrawPlot(x, y)}
            <path class="axis" d="M{left} {bottom}H{right}"/>
            <text class="axis-title" x="{(left + right) / 2}" y="{Height - 6}" text-anchor="middle">{X.Title}</text>
            </svg>
            """);
    }

    /// <summary>Width of a text in SVG units, roughly: no font is at hand while drawing.</summary>
    /// <param name="text">A short text.</param>
    /// <returns>Width at the chart's font size.</returns>
    protected static double TextWidth(string text) => text.Sum(c => c is '.' or ',' or ' ' or 'i' or 'l' or '\'' ? 0.32 : char.IsUpper(c) ? 0.72 : 0.6) * FontSize;

    /// <summary>Key of a line in the legend.</summary>
    /// <param name="colour">Colour index.</param>
    /// <param name="dash">Index of the dash pattern.</param>
    /// <returns>A short stroke.</returns>
    protected static Markup LineKey(int colour, int dash) => Markup.Of($"<path class=\"line s{colour % Colours} d{dash % 4}\" d=\"M0 0H22\"/>");

    private static Markup LayOutLegend(IReadOnlyList<KeyValuePair<string, Markup>> entries, out double height, double width)
    {
        const double KeyWidth = 28;
        const double Gap = 14;
        height = 0;
        if (entries.Count < 2)
        {
            return Markup.Empty;
        }

        var placed = new List<Markup>();
        var (left, top) = (2.0, LineHeight + 10);
        foreach (var (name, key) in entries)
        {
            var needed = KeyWidth + TextWidth(name);
            if (left > 2 && left + needed > width)
            {
                (left, top) = (2, top + LineHeight);
            }

            placed.Add(Markup.Of($"<g transform=\"translate({left} {top})\">{key}<text class=\"legend\" x=\"{KeyWidth}\" y=\"4\">{name}</text></g>\n"));
            left += needed + Gap;
        }

        height = top - 4;
        return Markup.Join(placed);
    }

    private Markup LayOutLegend(IReadOnlyList<KeyValuePair<string, Markup>> entries, out double height) => LayOutLegend(entries, out height, Width - 4);

    /// <summary>A mark of a series: its colour, and one of four shapes.</summary>
    private protected static Markup Marker(int colour, double x, double y)
    {
        var shape = (colour % 4) switch
        {
            0 => Markup.Of($"M{x - 4.2} {y}a4.2 4.2 0 1 0 8.4 0a4.2 4.2 0 1 0 -8.4 0z"),
            1 => Markup.Of($"M{x - 3.8} {y - 3.8}h7.6v7.6h-7.6z"),
            2 => Markup.Of($"M{x} {y - 5}l4.8 8.4h-9.6z"),
            _ => Markup.Of($"M{x} {y - 5.2}l5.2 5.2l-5.2 5.2l-5.2 -5.2z"),
        };
        return Markup.Of($"<path class=\"f{colour % Colours} marker\" d=\"{shape}\"/>");
    }

    private Markup DrawGrid(AxisScale x, AxisScale y)
    {
        var lines = new StringBuilder();
        var labels = new List<Markup>();
        foreach (var (value, label) in y.Ticks)
        {
            lines.Append(Markup.Of($"M{x.From} {y[value]}H{x.To}").Text);
            labels.Add(Markup.Of($"<text class=\"tick\" x=\"{x.From - 7}\" y=\"{y[value] + 4}\" text-anchor=\"end\">{label}</text>"));
        }

        var lastEnd = double.NegativeInfinity;
        foreach (var (value, label) in x.Ticks)
        {
            var half = TextWidth(label) / 2;
            var at = Math.Clamp(x[value], x.From, x.To);
            if (at - half < lastEnd + 5)
            {
                continue;
            }

            // A centred label at the very end would stick out of the picture.
            var centre = Math.Min(at, Width - half - 1);
            lastEnd = centre + half;
            labels.Add(Markup.Of($"<path class=\"axis\" d=\"M{at} {y.From}v4\"/><text class=\"tick\" x=\"{centre}\" y=\"{y.From + 17}\" text-anchor=\"middle\">{label}</text>"));
        }

        return Markup.Of($"<path class=\"grid\" d=\"{lines.ToString()}\"/>{Markup.Join(labels)}");
    }
}
