using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Torch;

namespace TSpin.Objectives;

/// <summary>
/// What an objective sees of n triplets: one log-probability per response, in nats (the sum over its tokens, or their mean if the recipe says so), and the tokens' own
/// in <see cref="Of"/>.
/// </summary>
/// <param name="Annotated">log pi(y|x), [n].</param>
/// <param name="Synthetic">log pi(y'|x), [n], or null.</param>
/// <param name="ProtoSynthetic">log pi(y0|x), [n], or null.</param>
public sealed record SequenceLogProbs(Tensor Annotated, Tensor? Synthetic = null, Tensor? ProtoSynthetic = null)
{
    /// <summary>Of y' of the iteration before, [n], or null.</summary>
    public Tensor? EarlierSynthetic { get; init; }

    /// <summary>Of the data's worse response, [n], or null.</summary>
    public Tensor? Rejected { get; init; }

    /// <summary>Of the response made within the step, [n], or null.</summary>
    public Tensor? Continuation { get; init; }

    /// <summary>The n triplets themselves: token ids and lengths. Empty for a reference.</summary>
    public IReadOnlyList<Triplet> Triplets { get; init; } = [];

    /// <summary>Token by token, by role; of a reference sums and lengths alone (<see cref="ResponseLogProbs.OfSums"/>).</summary>
    public IReadOnlyDictionary<ResponseRole, ResponseLogProbs> Responses { get; init; } = new Dictionary<ResponseRole, ResponseLogProbs>();

    /// <summary>The prompts' own tokens from the second on, for an objective that asks (<see cref="Objective.NeedsPrompts"/>); else null.</summary>
    public ResponseLogProbs? Prompts { get; init; }

    /// <summary>The tokens of one role's responses, with lengths, sums and means whatever the recipe compares.</summary>
    /// <param name="role">Which.</param>
    /// <returns>Log-probabilities in float64.</returns>
    /// <exception cref="ArgumentException">They are not there.</exception>
    public ResponseLogProbs Of(ResponseRole role) => Responses.GetValueOrDefault(role)
        ?? throw new ArgumentException($"there are no token log-probabilities of {role} responses here");
}
