namespace TSpin.Studies.Statistics;

/// <summary>A mean over seeds and items, and how sure it is.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Low">Lower end of its 95% interval.</param>
/// <param name="High">Upper end.</param>
/// <param name="Variance">Where its variance comes from.</param>
public sealed record ScoreEstimate(double Mean, double Low, double High, CrossedVariance Variance)
{
    /// <summary>Whether there is an interval at all: a single score has none.</summary>
    public bool HasInterval => Variance.Seeds > 1 || Variance.Items > 1;

    /// <summary>Whether 0 lies outside of the interval.</summary>
    public bool IsOutsideError => HasInterval && (Low > 0 || High < 0);
}
