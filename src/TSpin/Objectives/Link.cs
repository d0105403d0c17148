namespace TSpin.Objectives;

/// <summary>The decreasing function l of equation 7; in YAML <c>logistic</c> (default) or <c>exponential</c>.</summary>
public enum Link
{
    /// <summary>l(x) = -log sigmoid(x).</summary>
    Logistic,

    /// <summary>l(x) = exp(-x).</summary>
    Exponential,
}
