namespace TSpin.Reports;

/// <summary>A share of right answers with its uncertainty.</summary>
/// <param name="Value">Share in [0, 1].</param>
/// <param name="StandardError">Standard error of that share; NaN when it was not recorded.</param>
public sealed record RecordedScore(double Value, double StandardError)
{
    /// <summary>The score in percent for a table: <c>41.0 ± 2.8</c>.</summary>
    /// <returns>One decimal; without ± when the error is unknown.</returns>
    public override string ToString() =>
        double.IsFinite(StandardError) ? $"{100 * Value:F1} ± {100 * StandardError:F1}" : $"{100 * Value:F1}";
}
