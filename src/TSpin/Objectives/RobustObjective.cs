namespace TSpin.Objectives;

/// <summary>
/// Robust DPO (arXiv 2403.00409; <c>robust</c> of TRL's DPOTrainer): <c>(-(1 - e) log sigma(beta D) + e log
/// sigma(-beta D)) / (1 - 2 e)</c>, DPO's loss on the right order, estimated from pairs of which a share e is in the
/// wrong one. See <see cref="PreferenceObjective"/> for D. The loss of a single pair can be negative.
/// </summary>
/// <param name="beta">Strength of the pull towards pi_0, over 0. Default in recipes: 0.1.</param>
/// <param name="smoothing">
/// e: the share of pairs in the wrong order, from 0 (DPO) to below 1/2. It must be stated in recipes.
/// </param>
public sealed class RobustObjective(double beta, double smoothing) : PreferenceObjective
{
    /// <inheritdoc/>
    public override string Name => "robust";

    /// <inheritdoc/>
    public override bool NeedsReference => true;

    /// <inheritdoc/>
    public override ObjectiveValue Evaluate(SequenceLogProbs policy, SequenceLogProbs? reference = null)
    {
        var (chosen, rejected) = Gains(policy, reference);
        var gap = (chosen - rejected) * beta;
        var loss = (((-gap).Softplus() * (1 - smoothing)) - (gap.Softplus() * smoothing)) / (1 - (2 * smoothing));
        return new ObjectiveValue(loss, CurrentTerm: loss, RewardAnnotated: chosen * beta,
            RewardSynthetic: rejected * beta);
    }
}
