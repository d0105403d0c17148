using TSpin.Models;
using TSpin.Prompts;

namespace TSpin.Scoring;

/// <summary>
/// Computes the log-probabilities of a batch of triplets. How the tokens are laid out (padded rows, or packed with shared prompts) is
/// the implementation's choice; the numbers are not.
/// </summary>
public interface ITripletForward
{
    /// <summary>Runs the policy over all responses of a batch.</summary>
    /// <param name="policy">The model.</param>
    /// <param name="triplets">The batch, n at least 1; all of them with the same kinds of responses.</param>
    /// <returns>Sums per response.</returns>
    TripletLogProbs Run(Decoder policy, IReadOnlyList<Triplet> triplets);

    /// <summary>Does of <see cref="Run"/> what needs no arithmetic, on any thread.</summary>
    /// <param name="policy">The model.</param>
    /// <param name="triplets">As for <see cref="Run"/>.</param>
    /// <returns>The rest, to be called once. Default: all of it.</returns>
    Func<TripletLogProbs> Prepare(Decoder policy, IReadOnlyList<Triplet> triplets) => () => Run(policy, triplets);

    /// <summary>Whether every response is a row of its own with its prompt, padded to the longest: what a pass costs depends on it.</summary>
    /// <param name="policy">The model.</param>
    /// <returns>Default: false.</returns>
    bool Pads(Decoder policy) => false;
}
