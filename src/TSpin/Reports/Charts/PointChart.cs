using TSpin.Reports.Html;

namespace TSpin.Reports.Charts;

/// <summary>Marks of several series over two axes, without lines between them.</summary>
public sealed class PointChart : SvgChart
{
    /// <summary>The series; errors of points are not drawn.</summary>
    public required IReadOnlyList<ErrorBarSeries> Series { get; init; }

    /// <inheritdoc/>
    protected override double HorizontalPadding => 0.04;

    /// <inheritdoc/>
    protected override IEnumerable<double> XValues() => Series.SelectMany(series => series.Points).Select(point => point.X);

    /// <inheritdoc/>
    protected override IEnumerable<double> YValues() => Series.SelectMany(series => series.Points).Select(point => point.Y);

    /// <inheritdoc/>
    protected override IReadOnlyList<KeyValuePair<string, Markup>> Legend() =>
        [.. Series.Select(series => KeyValuePair.Create(series.Name, Marker(series.Colour, 11, 0)))];

    private protected override Markup DrawPlot(AxisScale x, AxisScale y) => Markup.Join(Series.SelectMany(series => series.Points
        .Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y))
        .Select(point => Markup.Of($"<g>{Marker(series.Colour, x[point.X], y[point.Y])}<title>{series.Name}: {point.Y:0.##} at {point.X:0.####}</title></g>\n"))));
}
