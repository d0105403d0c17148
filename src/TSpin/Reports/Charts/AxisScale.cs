namespace TSpin.Reports.Charts;

/// <summary>Maps the values of one axis to SVG units.</summary>
internal sealed class AxisScale
{
    private readonly bool _logarithmic;

    private AxisScale(double minimum, double maximum, double from, double to, bool logarithmic, IReadOnlyList<KeyValuePair<double, string>> ticks)
    {
        (Minimum, Maximum, From, To, _logarithmic, Ticks) = (minimum, maximum, from, to, logarithmic, ticks);
    }

    /// <summary>Value at <see cref="From"/>.</summary>
    public double Minimum { get; }

    /// <summary>Value at <see cref="To"/>.</summary>
    public double Maximum { get; }

    /// <summary>SVG coordinate of the minimum.</summary>
    public double From { get; }

    /// <summary>SVG coordinate of the maximum.</summary>
    public double To { get; }

    /// <summary>Values and labels of the ticks.</summary>
    public IReadOnlyList<KeyValuePair<double, string>> Ticks { get; }

    /// <summary>A vertical scale, which widens to round numbers. Coordinates are given later by <see cref="Between"/>.</summary>
    public static AxisScale Rounded(ChartAxis axis, IEnumerable<double> values, int targetTicks)
    {
        var (minimum, maximum) = Range(axis, values);
        var padding = (maximum - minimum) * 0.04;
        var low = axis.IncludeZero && minimum >= 0 ? minimum : minimum - padding;
        var high = axis.IncludeZero && maximum <= 0 ? maximum : maximum + padding;
        if (axis.Ceiling is { } ceiling && maximum <= ceiling)
        {
            high = Math.Min(high, ceiling);
        }

        var ticks = AxisTicks.Enclosing(low, high, targetTicks);
        return new AxisScale(ticks[0], ticks[^1], 0, 1, false, Labelled(ticks));
    }

    /// <summary>A horizontal scale, which ends where the values end.</summary>
    public static AxisScale Tight(ChartAxis axis, IEnumerable<double> values, int targetTicks, double padding)
    {
        var (minimum, maximum) = Range(axis, values);
        if (axis.IsLogarithmic && minimum > 0)
        {
            var stretch = Math.Pow(Math.Max(maximum / minimum, 2), padding);
            return new AxisScale(minimum / stretch, maximum * stretch, 0, 1, true, axis.Ticks ?? []);
        }

        if (minimum == maximum)
        {
            (minimum, maximum) = (minimum - 0.5, maximum + 0.5);
        }

        var extra = (maximum - minimum) * padding;
        (minimum, maximum) = (minimum - extra, maximum + extra);
        return new AxisScale(minimum, maximum, 0, 1, false, axis.Ticks ?? Labelled(AxisTicks.Within(minimum, maximum, targetTicks)));
    }

    /// <summary>The same scale between two SVG coordinates.</summary>
    public AxisScale Between(double from, double to) => new(Minimum, Maximum, from, to, _logarithmic, Ticks);

    /// <summary>The SVG coordinate of a value.</summary>
    public double this[double value]
    {
        get
        {
            var share = _logarithmic
                ? Math.Log(value / Minimum) / Math.Log(Maximum / Minimum)
                : ((value / 2) - (Minimum / 2)) / ((Maximum / 2) - (Minimum / 2));
            return From + (share * (To - From));
        }
    }

    private static KeyValuePair<double, string>[] Labelled(IReadOnlyList<double> ticks) =>
        ticks.Zip(AxisTicks.Labels(ticks), KeyValuePair.Create).ToArray();

    private static (double Minimum, double Maximum) Range(ChartAxis axis, IEnumerable<double> values)
    {
        // A value of 1e300 is a fault of the run, not something to draw to scale; beyond this, differences overflow.
        const double Drawable = 1e150;
        var (minimum, maximum) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values.Where(value => Math.Abs(value) < Drawable))
        {
            (minimum, maximum) = (Math.Min(minimum, value), Math.Max(maximum, value));
        }

        if (minimum > maximum)
        {
            return (0, 1);
        }

        return axis.IncludeZero ? (Math.Min(minimum, 0), Math.Max(maximum, 0)) : (minimum, maximum);
    }
}
