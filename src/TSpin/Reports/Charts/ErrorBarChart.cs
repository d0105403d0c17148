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

        return points.SelectMany(point => new[] { point.Y, point.Bottom, point.Top });
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
            if (double.IsFinite(reference.Bottom))
            {
                var top = y[reference.Top];
                parts.Add(Markup.Of($"<rect class=\"reference-band\" x=\"{x.From}\" y=\"{top}\" width=\"{x.To - x.From}\" height=\"{y[reference.Bottom] - top}\"/>"));
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
            var bar = double.IsFinite(point.Bottom)
                ? Markup.Of($"<path class=\"whisker s{series.Colour % Colours}\" d=\"M{left} {y[point.Bottom]}V{y[point.Top]}m-3 0h6M{left - 3} {y[point.Bottom]}h6\"/>")
                : Markup.Empty;
            return Markup.Of($"<g>{bar}{Marker(series.Colour, left, middle)}<title>{series.Name}: {Describe(point)}</title></g>\n");
        });
        return Markup.Of($"<path class=\"thin s{series.Colour % Colours}\" d=\"M{line}\"/>{Markup.Join(drawn)}");
    }

    private static Markup Describe(ErrorBarPoint point) =>
        point.Low is { } low && point.High is { } high ? Markup.Of($"{point.Y:0.##} [{low:0.##}, {high:0.##}]") :
        double.IsFinite(point.Error) ? Markup.Of($"{point.Y:0.##} ± {point.Error:0.##}") : Markup.Of($"{point.Y:0.##}");
}
