using TSpin.Torch;

namespace TSpin.Objectives;

/// <summary>
/// SPACE (self-play by noise-contrastive estimation, arXiv 2512.07175): <c>-log sigma_mu(r(y)) - mu log
/// sigma_1/mu(-r(y'))</c> with sigma_mu(x) = 1 / (1 + mu e^-x) and r(z) = log pi(z|x) - log pi_t(z|x). Known to us
/// from notes on the paper, not from its text or code. Computed as <c>softplus(log mu - r(y)) + mu softplus(r(y') -
/// log mu)</c>, which is derived here: it neither overflows nor cancels, and its slopes are -sigma(log mu - r(y)) and
/// mu sigma(r(y') - log mu). With mu = 1 it is <see cref="BcoObjective"/> at beta = 1 with y' as the rejected
/// response.
/// </summary>
/// <param name="mu">
/// Synthetic responses for each annotated one, as the estimation sees it, over 0. Default in recipes: 1.
/// </param>
public sealed class SpaceObjective(double mu) : Objective
{
    /// <inheritdoc/>
    public override string Name => "space";

    /// <inheritdoc/>
    public override bool NeedsReference => true;

    /// <inheritdoc/>
    public override ObjectiveValue Evaluate(SequenceLogProbs policy, SequenceLogProbs? reference = null)
    {
        var start = Need(reference, "reference log-probabilities");
        var annotated = policy.Annotated - start.Annotated;
        var synthetic = Need(policy.Synthetic, "synthetic responses")
            - Need(start.Synthetic, "reference log-probabilities of y'");
        var ofAnnotated = (-annotated + Math.Log(mu)).Softplus();
        var ofSynthetic = (synthetic - Math.Log(mu)).Softplus() * mu;
        return new ObjectiveValue(ofAnnotated + ofSynthetic, CurrentTerm: ofAnnotated, RewardAnnotated: annotated,
            RewardSynthetic: synthetic)
        {
            Terms = new Dictionary<string, Tensor> { ["synthetic_term"] = ofSynthetic },
        };
    }
}
