using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Torch;

namespace TSpin.Objectives;

/// <summary>
/// Anchored supervised fine-tuning (ASFT, arXiv 2509.23753, equation 6): <see cref="DftObjective"/> plus <c>lambda
/// KL(pi_0 || pi)</c> at every token of y, over the whole vocabulary, both divided by the step's response tokens.
/// pi_0 is the model that the run began with; it stays in memory beside the one in training. The divergence is
/// computed some tokens at a time, and again in backward (<see cref="ITokenTerm"/>).
/// </summary>
/// <param name="lambda">
/// Weight of the divergence, at least 0. Default in recipes: the paper's 0.05 (its code has 0.1).
/// </param>
public sealed class AsftObjective(double lambda) : Objective, ITokenTerm
{
    /// <inheritdoc/>
    public override string Name => "asft";

    /// <inheritdoc/>
    public override IReadOnlyList<ResponseRole> Responses => [];

    /// <inheritdoc/>
    public override bool DividesByTokens => true;

    /// <inheritdoc/>
    public override ITokenTerm? Term => this;

    bool ITokenTerm.NeedsReference => true;

    /// <summary>KL(pi_0 || pi) at each place.</summary>
    /// <param name="logProbs">Under the policy, [r, V].</param>
    /// <param name="reference">Under pi_0, [r, V].</param>
    /// <param name="targets">Not used: the divergence is of whole distributions.</param>
    /// <returns>[r], in nats.</returns>
    public Tensor Evaluate(Tensor logProbs, Tensor? reference, Tensor targets)
    {
        var start = Need(reference, "the reference policy's distributions");
        return (start.Exp() * (start - logProbs)).Sum(1);
    }

    /// <inheritdoc/>
    public override ObjectiveValue Evaluate(SequenceLogProbs policy, SequenceLogProbs? reference = null)
    {
        var annotated = policy.Of(ResponseRole.Annotated);
        var fit = -annotated.SumOf(annotated.Tokens.Detach().Exp() * annotated.Tokens);
        var divergences = Need(annotated.Terms, "divergences of tokens");
        return new ObjectiveValue(fit + (annotated.SumOf(divergences) * lambda))
        {
            Terms = new Dictionary<string, Tensor> { ["divergence"] = annotated.MeanOf(divergences.Detach()) },
        };
    }
}
