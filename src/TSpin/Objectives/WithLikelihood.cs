using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Torch;

namespace TSpin.Objectives;

/// <summary>
/// A contrastive objective with the likelihood of y beside it: <c>loss - weight mean_t log p_t(y)</c>, the mean over
/// the step's annotated tokens, as CPO has it. Beside T-SPIN's loss it is derived here and not of the paper.
/// </summary>
/// <param name="inner">The contrastive objective, without a part of its own that is divided by tokens.</param>
/// <param name="weight">Weight of the likelihood, over 0.</param>
public sealed class WithLikelihood(Objective inner, double weight) : Objective
{
    /// <inheritdoc/>
    public override string Name => inner.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<ResponseRole> Responses => inner.Responses;

    /// <inheritdoc/>
    public override bool NeedsReference => inner.NeedsReference;

    /// <inheritdoc/>
    public override bool HasTokenLoss => true;

    /// <inheritdoc/>
    public override bool NeedsPrompts => inner.NeedsPrompts;

    /// <inheritdoc/>
    public override ITokenTerm? Term => inner.Term;

    /// <inheritdoc/>
    public override ContinuationSettings? Continuations => inner.Continuations;

    /// <summary>
    /// Whether an objective can have the likelihood beside it: those that are it, or have it, cannot.
    /// </summary>
    /// <param name="objective">The objective.</param>
    /// <returns>True for contrastive ones.</returns>
    public static bool Fits(Objective objective) => !objective.DividesByTokens && !objective.HasTokenLoss;

    /// <inheritdoc/>
    public override ObjectiveValue Evaluate(SequenceLogProbs policy, SequenceLogProbs? reference = null)
    {
        var value = inner.Evaluate(policy, reference);
        var annotated = policy.Of(ResponseRole.Annotated);
        return value with
        {
            PerToken = annotated.Sums * -weight,
            Terms = new Dictionary<string, Tensor>(value.Terms) { ["nll"] = -annotated.Means.Detach() },
        };
    }
}
