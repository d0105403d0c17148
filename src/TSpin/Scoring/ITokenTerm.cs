using TSpin.Torch;

namespace TSpin.Scoring;

/// <summary>
/// A number that an objective wants of every response token's whole distribution, such as a divergence from another policy's. It is asked for a few tokens at a time, and asked again in
/// backward, so that a matrix of all tokens times the vocabulary never exists. A pure function.
/// </summary>
public interface ITokenTerm
{
    /// <summary>Whether the reference policy's distribution is wanted too: that model is then in memory beside the one in training.</summary>
    bool NeedsReference { get; }

    /// <summary>Computes the term.</summary>
    /// <param name="logProbs">Log-probabilities of all tokens of the vocabulary at r places, [r, V], float32 (float64 for a float64 model).</param>
    /// <param name="reference">The same under the reference policy, without gradient; null unless <see cref="NeedsReference"/>.</param>
    /// <param name="targets">The tokens that follow there, int64 [r].</param>
    /// <returns>A number for each place, [r].</returns>
    Tensor Evaluate(Tensor logProbs, Tensor? reference, Tensor targets);
}
