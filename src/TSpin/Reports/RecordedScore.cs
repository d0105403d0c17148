using System.Globalization;

namespace TSpin.Reports;

/// <summary>A score with its uncertainty; most often a share of right answers.</summary>
/// <param name="Value">A share in [0, 1], or a number of the task's own.</param>
/// <param name="StandardError">Its standard error; NaN when it was not recorded.</param>
public sealed record RecordedScore(double Value, double StandardError)
{
    /// <summary>Whether it is a share, which people read in percent. Default: true.</summary>
    public bool IsShare { get; init; } = true;

    /// <summary>As people read it: in percent where it is a share.</summary>
    public double Shown => IsShare ? 100 * Value : Value;

    /// <summary>The error as people read it; NaN where it is not known.</summary>
    public double ShownError => IsShare ? 100 * StandardError : StandardError;

    /// <summary>What stands behind the number in a sentence: <c>%</c>, or nothing.</summary>
    public string Unit => IsShare ? "%" : "";

    /// <summary>The score for a table, without its unit: <c>41.0 ± 2.8</c>.</summary>
    /// <returns>One decimal, two where it is no share; without ± when the error is unknown.</returns>
    public override string ToString()
    {
        var format = IsShare ? "F1" : "F2";
        var value = Shown.ToString(format, CultureInfo.InvariantCulture);
        return double.IsFinite(StandardError) ? $"{value} ± {ShownError.ToString(format, CultureInfo.InvariantCulture)}" : value;
    }
}
