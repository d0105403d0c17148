using TSpin.Torch;

namespace TSpin.Objectives;

/// <summary>An objective's value on n triplets; every tensor is [n].</summary>
/// <param name="PerExample">The loss of each triplet.</param>
/// <param name="CurrentTerm">Its first term, l(alpha u); null for SFT.</param>
/// <param name="HistoricalTerm">Its second term before the factor beta, l(alpha v); null without proto-synthetic responses.</param>
/// <param name="RewardAnnotated">c(x, y): the confidence that the loss compares; null for SFT.</param>
/// <param name="RewardSynthetic">c(x, y'), or that of whatever response the loss compares y with.</param>
public sealed record ObjectiveValue(
    Tensor PerExample, Tensor? CurrentTerm = null, Tensor? HistoricalTerm = null, Tensor? RewardAnnotated = null, Tensor? RewardSynthetic = null)
{
    /// <summary>
    /// A part of the loss that is summed over tokens, [n]: the step divides it by its tokens (<see
    /// cref="Objective.TokensOf"/>), not by its triplets. Null where <see cref="Objective.HasTokenLoss"/> is false.
    /// </summary>
    public Tensor? PerToken { get; init; }

    /// <summary>Numbers of the objective's own, [n] each, whose means metrics.jsonl has under <c>terms</c>. Default: none.</summary>
    public IReadOnlyDictionary<string, Tensor> Terms { get; init; } = new Dictionary<string, Tensor>();
}
