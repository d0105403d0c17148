using System.Text;
using TSpin.Reports.Html;

namespace TSpin.Reports.Charts;

/// <summary>Lines over a common axis, with bands for thinned series, marks between stretches and a reference line.</summary>
public sealed class LineChart : SvgChart
{
    /// <summary>The lines.</summary>
    public required IReadOnlyList<LineSeries> Series { get; init; }

    /// <summary>Positions of vertical marks, each with a short label (the iteration that begins there). Default: none.</summary>
    public IReadOnlyList<KeyValuePair<double, string>> Marks { get; init; } = [];

    /// <summary>Whether zero is marked by a line where it lies inside the axis. Default: yes.</summary>
    public bool ShowZero { get; init; } = true;

    /// <summary>Whether any line has something to draw.</summary>
    public bool HasValues => Series.Any(series => series.Points.Any(point => double.IsFinite(point.Y)));

    /// <inheritdoc/>
    protected override IEnumerable<double> XValues() => Series.SelectMany(series => series.Points).Select(point => point.X);

    /// <inheritdoc/>
    protected override IEnumerable<double> YValues() => Series.SelectMany(series => series.Points).SelectMany(point => new[] { point.Y, point.Low, point.High });

    /// <inheritdoc/>
    protected override IReadOnlyList<KeyValuePair<string, Markup>> Legend() =>
        Series.Select((series, index) => KeyValuePair.Create(series.Name, LineKey(series.Colour, index))).ToList();

    private protected override Markup DrawPlot(AxisScale x, AxisScale y)
    {
        var parts = new List<Markup>();
        foreach (var (value, label) in Marks)
        {
            parts.Add(Markup.Of($"<path class=\"mark\" d=\"M{x[value]} {y.From}V{y.To}\"/><text class=\"mark-label\" x=\"{x[value] + 3}\" y=\"{y.To + 9}\">{label}</text>"));
        }

        if (ShowZero && y.Minimum < 0 && y.Maximum > 0)
        {
            parts.Add(Markup.Of($"<path class=\"zero\" d=\"M{x.From} {y[0]}H{x.To}\"/>"));
        }

        parts.AddRange(Series.Select(series => DrawBand(series, x, y)));
        parts.AddRange(Series.Select((series, index) => DrawLine(series, index, x, y)));
        return Markup.Join(parts);
    }

    private static Markup DrawBand(LineSeries series, AxisScale x, AxisScale y)
    {
        var path = new StringBuilder();
        foreach (var run in Stretches(series).Where(run => run.Any(point => point.High > point.Low)))
        {
            path.Append('M').AppendJoin('L', run.Select(point => At(x[point.X], y[point.High])));
            path.Append('L').AppendJoin('L', run.Reverse().Select(point => At(x[point.X], y[point.Low]))).Append('Z');
        }

        return path.Length == 0 ? Markup.Empty : Markup.Of($"<path class=\"band f{series.Colour % Colours}\" d=\"{path.ToString()}\"/>\n");
    }

    private static Markup DrawLine(LineSeries series, int index, AxisScale x, AxisScale y)
    {
        var path = new StringBuilder();
        foreach (var run in Stretches(series))
        {
            path.Append('M').AppendJoin('L', run.Select(point => At(x[point.X], y[point.Y])));
            if (run.Length == 1)
            {
                // A round cap on a line of no length: a dot, so that a single value is seen.
                path.Append("h0");
            }
        }

        if (path.Length == 0)
        {
            return Markup.Empty;
        }

        var single = series.Points.Count(point => double.IsFinite(point.Y)) == 1 ? " dot" : "";
        return Markup.Of($"<path class=\"line s{series.Colour % Colours} d{index % 4}{single}\" data-name=\"{series.Name}\" d=\"{path.ToString()}\"/>\n");
    }

    private static IEnumerable<LinePoint[]> Stretches(LineSeries series)
    {
        var run = new List<LinePoint>();
        foreach (var point in series.Points)
        {
            if (double.IsFinite(point.Y) && Math.Abs(point.Y) < 1e150)
            {
                run.Add(point);
            }
            else if (run.Count > 0)
            {
                yield return run.ToArray();
                run.Clear();
            }
        }

        if (run.Count > 0)
        {
            yield return run.ToArray();
        }
    }

    private static string At(double x, double y) => Markup.Of($"{x} {y}").Text;
}
