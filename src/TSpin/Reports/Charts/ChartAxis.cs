namespace TSpin.Reports.Charts;

/// <summary>How one axis of a chart looks.</summary>
/// <param name="Title">What is drawn, with its unit: <c>loss, nats</c>.</param>
public sealed record ChartAxis(string Title)
{
    /// <summary>Whether the axis starts at zero even if all values are far from it. Default: no.</summary>
    public bool IncludeZero { get; init; }

    /// <summary>Whether the axis is logarithmic; needs <see cref="Ticks"/> and positive values. Default: no.</summary>
    public bool IsLogarithmic { get; init; }

    /// <summary>The end the axis does not exceed where the values do not either, for shares (100). Default: none.</summary>
    public double? Ceiling { get; init; }

    /// <summary>Ticks and labels of one's own, for categories. Default: round numbers.</summary>
    public IReadOnlyList<KeyValuePair<double, string>>? Ticks { get; init; }
}
