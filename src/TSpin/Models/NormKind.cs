namespace TSpin.Models;

/// <summary>How a row of numbers is normalized.</summary>
public enum NormKind
{
    /// <summary>x / sqrt(mean(x^2) + epsilon) x w (Zhang and Sennrich 2019).</summary>
    RootMeanSquare,

    /// <summary>The same with 1 + w in place of w, in float32 to the end, as the Gemma models have it.</summary>
    RootMeanSquarePlusOne,

    /// <summary>(x - mean) / sqrt(variance + epsilon) x w + b (Ba et al. 2016).</summary>
    Layer,
}
