namespace TSpin.Objectives;

/// <summary>
/// SimPO (arXiv 2405.14734, equation 6; <c>simpo</c> of TRL's CPOTrainer): no reference, means over tokens and a
/// margin, <c>-(1 - e) log sigma(beta (m(c) - m(d)) - gamma) - e log sigma(gamma - beta (m(c) - m(d)))</c>, whatever
/// the recipe says of sums and means. CPO-SimPO is this with <c>objective.sft_weight</c>. See <see
/// cref="PreferenceObjective"/> for m.
/// </summary>
/// <param name="beta">Scale of log-probabilities per token, over 0. Default in recipes: 2.5, the paper's.</param>
/// <param name="gamma">The margin, at least 0. Default in recipes: 1.375, the paper's.</param>
/// <param name="smoothing">
/// e: the share of pairs taken to be in the wrong order, from 0 to below 1/2. Default in recipes: 0.
/// </param>
public sealed class SimpoObjective(double beta, double gamma, double smoothing = 0) : PreferenceObjective
{
    /// <inheritdoc/>
    public override string Name => "simpo";

    /// <inheritdoc/>
    public override ObjectiveValue Evaluate(SequenceLogProbs policy, SequenceLogProbs? reference = null)
    {
        var (chosen, rejected) = Means(policy);
        var loss = Smoothed(((chosen - rejected) * beta) - gamma, smoothing);
        return new ObjectiveValue(loss, CurrentTerm: loss, RewardAnnotated: chosen * beta,
            RewardSynthetic: rejected * beta);
    }
}
