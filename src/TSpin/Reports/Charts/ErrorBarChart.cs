using TSpin.Reports.Html;

namespace TSpin.Reports.Charts;

/// <summary>Values with error bars, joined by lines, drawn side by side where series share a position.</summary>
public sealed class ErrorBarChart : SvgChart
{
    private const double DodgeUnits = 8;

    /// <summary>The series.</summary>
    public required IReadOnlyList<ErrorBarSeries> Series { get; init; }

    /// <summary>A level to compare with, drawn across the chart; its error makes a band. Default: none.</summary>
    public ErrorBarPoint? Reference { get; init; }

    /// <summary>Name of the reference in the legend.</summary>
    public string ReferenceName { get; init; } = "base";

    /// <inheritdoc/>
    protected override double HorizontalPadding => 0.08;

    /// <inheritdoc/>
    protected override IEnumerable<double> XValues() =>
        Series.SelectMany(series => series.Points).Select(point => point.X).Concat(X.Ticks?.Select(tick => tick.Key) ?? []);

    /// <inheritdoc/>
    protected override IEnumerable<double> YValues()
    {
        var points = Series.SelectMany(series => series.Points);
        if (Reference is { } reference)
        {
            points = points.Append(reference);
        }

        return points.SelectMany(point => new[] { point.Y, point.Y - point.Error, point.Y + point.Error });
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<KeyValuePair<string, Markup>> Legend()
    {
        var entries = Series.Select(series => KeyValuePair.Create(series.Name, Markup.Of($"{LineKey(series.Colour, 0)}{Marker(series.Colour, 11, 0)}"))).ToList();
        if (Reference is not null)
        {
            entries.Insert(0, KeyValuePair.Create(ReferenceName, Markup.Of($"<path class=\"reference\" d=\"M0 0H22\"/>")));
        }

        return entries;
    }

    private protected override Markup DrawPlot(AxisScale x, AxisScale y)
    {
        var parts = new List<Markup>();
        if (Reference is { } reference && double.IsFinite(reference.Y))
        {
            if (double.IsFinite(reference.Error))
            {
                var top = y[reference.Y + reference.Error];
                parts.Add(Markup.Of($"<rect class=\"reference-band\" x=\"{x.From}\" y=\"{top}\" width=\"{x.To - x.From}\" height=\"{y[reference.Y - reference.Error] - top}\"/>"));
            }

            parts.Add(Markup.Of($"<path class=\"reference\" d=\"M{x.From} {y[reference.Y]}H{x.To}\"><title>{ReferenceName}: {Describe(reference)}</title></path>"));
        }

        for (var i = 0; i < Series.Count; i++)
        {
            var shift = (i - ((Series.Count - 1) / 2.0)) * DodgeUnits;
            parts.Add(DrawSeries(Series[i], x, y, shift));
        }

        return Markup.Join(parts);
    }

    private static Markup DrawSeries(ErrorBarSeries series, AxisScale x, AxisScale y, double shift)
    {
        var points = series.Points.Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y)).ToList();
        if (points.Count == 0)
        {
            return Markup.Empty;
        }

        var line = string.Join('L', points.Select(point => Markup.Of($"{x[point.X] + shift} {y[point.Y]}").Text));
        var drawn = points.Select(point =>
        {
            var (left, middle) = (x[point.X] + shift, y[point.Y]);
            var bar = double.IsFinite(point.Error)
                ? Markup.Of($"<path class=\"whisker s{series.Colour % Colours}\" d=\"M{left} {y[point.Y - point.Error]}V{y[point.Y + point.Error]}m-3 0h6M{left - 3} {y[point.Y - point.Error]}h6\"/>")
                : Markup.Empty;
            return Markup.Of($"<g>{bar}{Marker(series.Colour, left, middle)}<title>{series.Name}: {Describe(point)}</title></g>\n");
        });
        return Markup.Of($"<path class=\"thin s{series.Colour % Colours}\" d=\"M{line}\"/>{Markup.Join(drawn)}");
    }

    private static Markup Marker(int colour, double x, double y)
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

    private static Markup Describe(ErrorBarPoint point) =>
        double.IsFinite(point.Error) ? Markup.Of($"{point.Y:0.##} ± {point.Error:0.##}") : Markup.Of($"{point.Y:0.##}");
}
