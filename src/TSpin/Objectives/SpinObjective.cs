namespace TSpin.Objectives;

/// <summary>
/// SPIN (Chen et al. 2024, arXiv 2401.01335, equation 4.7): <c>l(lambda ((log pi(y|x) - log pi_t(y|x)) - (log pi(y'|x) - log pi_t(y'|x))))</c>.
/// With the logistic link it is DPO's loss with y chosen and y' rejected.
/// </summary>
/// <param name="lambda">Scale, over 0. Default in recipes: 0.1.</param>
/// <param name="link">l. Default in recipes: logistic.</param>
public sealed class SpinObjective(double lambda, Link link) : Objective
{
    /// <inheritdoc/>
    public override string Name => "spin";

    /// <inheritdoc/>
    public override bool NeedsReference => true;

    /// <inheritdoc/>
    public override ObjectiveValue Evaluate(SequenceLogProbs policy, SequenceLogProbs? reference = null)
    {
        var start = Need(reference, "reference log-probabilities");
        var annotated = (policy.Annotated - start.Annotated) * lambda;
        var synthetic = (Need(policy.Synthetic, "synthetic responses") - Need(start.Synthetic, "reference log-probabilities of y'")) * lambda;
        var loss = link.Apply(annotated - synthetic);
        return new ObjectiveValue(loss, CurrentTerm: loss, RewardAnnotated: annotated, RewardSynthetic: synthetic);
    }
}
