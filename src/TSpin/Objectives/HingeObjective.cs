namespace TSpin.Objectives;

/// <summary>
/// DPO with a hinge in place of the logistic function, as sequence likelihood calibration has it (SLiC, arXiv
/// 2305.10425; <c>hinge</c> of TRL's DPOTrainer): <c>max(0, 1 - beta D)</c>. Pairs beyond the margin teach nothing.
/// See <see cref="PreferenceObjective"/> for D.
/// </summary>
/// <param name="beta">1 over the margin in nats, over 0. Default in recipes: 0.1.</param>
public sealed class HingeObjective(double beta) : PreferenceObjective
{
    /// <inheritdoc/>
    public override string Name => "hinge";

    /// <inheritdoc/>
    public override bool NeedsReference => true;

    /// <inheritdoc/>
    public override ObjectiveValue Evaluate(SequenceLogProbs policy, SequenceLogProbs? reference = null)
    {
        var (chosen, rejected) = Gains(policy, reference);
        var loss = (((rejected - chosen) * beta) + 1).Relu();
        return new ObjectiveValue(loss, CurrentTerm: loss, RewardAnnotated: chosen * beta,
            RewardSynthetic: rejected * beta);
    }
}
