using TSpin.Prompts;

namespace TSpin.Objectives;

/// <summary>
/// T-SPIN, equation 7 of arXiv 2601.08198: <c>l(alpha u) + beta l(alpha v)</c> with the current advantage u = log pi(y|x) - log pi(y'|x) and the
/// historical advantage v = log pi(y'|x) - log pi(y0|x). Reference-free: the confidence is c(x, z) = alpha log pi(z|x).
/// With <paramref name="reference"/> it is T-SPIN-ref of the ablation: c(x, z) = alpha (log pi(z|x) - log pi_t(z|x)).
/// </summary>
/// <param name="alpha">Scale of the confidence, over 0. Default in recipes: 1.0.</param>
/// <param name="beta">Weight of the historical term, at least 0. Default in recipes: 0.1; 0 in iteration 0, where y' is y0, and in the ablation without history.</param>
/// <param name="link">l. Default in recipes: logistic.</param>
/// <param name="reference">True for T-SPIN-ref.</param>
public sealed class TSpinObjective(double alpha, double beta, Link link, bool reference = false) : Objective
{
    /// <inheritdoc/>
    public override string Name => reference ? "tspin-ref" : beta == 0 ? "tspin-no-history" : "tspin";

    /// <inheritdoc/>
    public override IReadOnlyList<ResponseRole> Responses => beta == 0 ? [ResponseRole.Synthetic] : [ResponseRole.Synthetic, ResponseRole.ProtoSynthetic];

    /// <inheritdoc/>
    public override bool NeedsReference => reference;

    /// <inheritdoc/>
    public override ObjectiveValue Evaluate(SequenceLogProbs policy, SequenceLogProbs? reference = null)
    {
        var confidence = Confidence(policy, reference);
        var synthetic = Need(confidence.Synthetic, "synthetic responses");
        var current = link.Apply(confidence.Annotated - synthetic);
        if (confidence.ProtoSynthetic is null && beta != 0)
        {
            throw new ArgumentException($"{Name} needs proto-synthetic responses");
        }

        // Without beta the historical term is only reported; it must not reach the gradient, where an overflow times zero would be NaN.
        var historical = confidence.ProtoSynthetic is not { } proto ? null
            : beta == 0 ? link.Apply((synthetic - proto).Detach())
            : link.Apply(synthetic - proto);
        var loss = beta == 0 ? current : current + (historical! * beta);
        return new ObjectiveValue(loss, current, historical, confidence.Annotated, synthetic);
    }

    private SequenceLogProbs Confidence(SequenceLogProbs policy, SequenceLogProbs? anchor)
    {
        if (!reference)
        {
            return new(policy.Annotated * alpha, policy.Synthetic is null ? null : policy.Synthetic * alpha, policy.ProtoSynthetic is null ? null : policy.ProtoSynthetic * alpha);
        }

        var start = Need(anchor, "reference log-probabilities");
        return new(
            (policy.Annotated - start.Annotated) * alpha,
            policy.Synthetic is null ? null : (policy.Synthetic - Need(start.Synthetic, "reference log-probabilities of y'")) * alpha,
            policy.ProtoSynthetic is null ? null : (policy.ProtoSynthetic - Need(start.ProtoSynthetic, "reference log-probabilities of y0")) * alpha);
    }
}
