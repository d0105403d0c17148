namespace TSpin.Recipes;

/// <summary>Section <c>objective</c>: the constants of the loss (equation 7 of arXiv 2601.08198, and SPIN's).</summary>
public sealed record ObjectiveSettings
{
    /// <summary>The factor of a log-probability in a confidence, c = alpha log pi. Default 1.</summary>
    public double Alpha { get; init; } = 1.0;

    /// <summary>The weight of the historical advantage's term; 0 is used in iteration 0 whatever stands here. Default 0.1.</summary>
    public double Beta { get; init; } = 0.1;

    /// <summary>The decreasing function of an advantage. Default <see cref="Recipes.Link.Logistic"/>.</summary>
    public Link Link { get; init; } = Link.Logistic;

    /// <summary>SPIN's lambda (its code calls it beta); used by method spin alone. Default 0.1.</summary>
    public double Lambda { get; init; } = 0.1;

    /// <summary>From token to response log-probabilities. Default <see cref="LogProbReduction.Sum"/>.</summary>
    public LogProbReduction LogProb { get; init; } = LogProbReduction.Sum;
}
