namespace TSpin.Reports.Charts;

/// <summary>One value with its uncertainty.</summary>
/// <param name="X">Position.</param>
/// <param name="Y">Value.</param>
/// <param name="Error">Half the length of the error bar; not finite: no bar.</param>
public readonly record struct ErrorBarPoint(double X, double Y, double Error)
{
    /// <summary>Lower end of the bar, where it is not as long to both sides.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end, likewise.</summary>
    public double? High { get; init; }

    internal double Bottom => Low ?? Y - Error;

    internal double Top => High ?? Y + Error;
}
