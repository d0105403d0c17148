using TSpin.Prompts;

namespace TSpin.Objectives;

/// <summary>
/// Contrastive preference optimization (CPO, arXiv 2401.08417; <c>sigmoid</c> of TRL's CPOTrainer): DPO without a
/// reference, and the likelihood of the chosen response beside it, <c>-(1 - e) log sigma(beta (s(c) - s(d))) - e log
/// sigma(-beta (s(c) - s(d))) - weight mean_t log p_t(c)</c>. The mean is over the step's chosen tokens. See <see
/// cref="PreferenceObjective"/> for s.
/// </summary>
/// <param name="beta">Scale of log-probabilities, over 0. Default in recipes: 0.1.</param>
/// <param name="weight">Weight of the likelihood, at least 0. Default in recipes: 1 (<c>cpo_alpha</c>).</param>
/// <param name="smoothing">
/// e: the share of pairs taken to be in the wrong order, from 0 to below 1/2. Default in recipes: 0.
/// </param>
public sealed class CpoObjective(double beta, double weight, double smoothing = 0) : PreferenceObjective
{
    /// <inheritdoc/>
    public override string Name => "cpo";

    /// <inheritdoc/>
    public override bool HasTokenLoss => true;

    /// <inheritdoc/>
    public override ObjectiveValue Evaluate(SequenceLogProbs policy, SequenceLogProbs? reference = null)
    {
        var (chosen, rejected) = LogProbs(policy);
        var loss = Smoothed((chosen - rejected) * beta, smoothing);
        return new ObjectiveValue(loss, CurrentTerm: loss, RewardAnnotated: chosen * beta,
            RewardSynthetic: rejected * beta)
        {
            PerToken = policy.Of(ResponseRole.Annotated).Sums * -weight,
        };
    }
}
