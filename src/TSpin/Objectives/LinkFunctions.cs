using TSpin.Torch;

namespace TSpin.Objectives;

/// <summary>The decreasing convex function l of the paper.</summary>
public static class LinkFunctions
{
    /// <summary>Applies l elementwise.</summary>
    /// <param name="link">
    /// Logistic: l(x) = -log sigmoid(x) = log(1 + exp(-x)), computed so that neither side overflows; l'(x) = -sigmoid(-x).
    /// Exponential: l(x) = exp(-x).
    /// </param>
    /// <param name="x">Scaled advantages.</param>
    /// <returns>l(x), same shape.</returns>
    public static Tensor Apply(this Link link, Tensor x) => link switch
    {
        Link.Logistic => -x.LogSigmoid(),
        Link.Exponential => (-x).Exp(),
        _ => throw new ArgumentOutOfRangeException(nameof(link), link, "unknown link"),
    };
}
