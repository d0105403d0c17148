namespace TSpin.Objectives;

/// <summary>
/// Direct preference optimization (DPO, arXiv 2305.18290, equation 7; <c>sigmoid</c> of TRL's DPOTrainer): <c>-log
/// sigma(beta D)</c>. See <see cref="PreferenceObjective"/> for D.
/// </summary>
/// <param name="beta">Strength of the pull towards pi_0, over 0. Default in recipes: 0.1.</param>
public sealed class DpoObjective(double beta) : PreferenceObjective
{
    /// <inheritdoc/>
    public override string Name => "dpo";

    /// <inheritdoc/>
    public override bool NeedsReference => true;

    /// <inheritdoc/>
    public override ObjectiveValue Evaluate(SequenceLogProbs policy, SequenceLogProbs? reference = null)
    {
        var (chosen, rejected) = Gains(policy, reference);
        var loss = ((rejected - chosen) * beta).Softplus();
        return new ObjectiveValue(loss, CurrentTerm: loss, RewardAnnotated: chosen * beta,
            RewardSynthetic: rejected * beta);
    }
}
