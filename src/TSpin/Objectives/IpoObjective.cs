using TSpin.Prompts;

namespace TSpin.Objectives;

/// <summary>
/// IPO (arXiv 2310.12036, equation 17, with means over tokens as <c>ipo</c> of TRL's DPOTrainer): <c>(r(c)/|c| -
/// r(d)/|d| - 1/(2 beta))^2</c>. It aims at a gap and not beyond it, whatever the recipe says of sums and means. See
/// <see cref="PreferenceObjective"/> for r. Rewards are beta times sums, as TRL logs them.
/// </summary>
/// <param name="beta">The gap aimed at is 1/(2 beta) nats per token, over 0. Default in recipes: 0.1.</param>
public sealed class IpoObjective(double beta) : PreferenceObjective
{
    /// <inheritdoc/>
    public override string Name => "ipo";

    /// <inheritdoc/>
    public override bool NeedsReference => true;

    /// <inheritdoc/>
    public override ObjectiveValue Evaluate(SequenceLogProbs policy, SequenceLogProbs? reference = null)
    {
        var start = Need(reference, "reference log-probabilities");
        var ((chosen, rejected), (chosenBefore, rejectedBefore)) = (Means(policy), Means(start));
        var distance = chosen - chosenBefore - (rejected - rejectedBefore) - (1 / (2 * beta));
        var loss = distance * distance;
        return new ObjectiveValue(
            loss, CurrentTerm: loss,
            RewardAnnotated: (policy.Of(ResponseRole.Annotated).Sums - start.Of(ResponseRole.Annotated).Sums) * beta,
            RewardSynthetic: (policy.Of(ResponseRole.Rejected).Sums - start.Of(ResponseRole.Rejected).Sums) * beta);
    }
}
