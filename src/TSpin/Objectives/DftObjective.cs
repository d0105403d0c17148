using TSpin.Prompts;

namespace TSpin.Objectives;

/// <summary>
/// Dynamic fine-tuning (DFT, arXiv 2508.05629, equation 9): <c>-sum_t sg(p_t) log p_t</c> over the tokens of y, p_t
/// their probabilities and sg without gradient; divided by the step's response tokens. SFT's gradient divides by p_t,
/// so that what the model finds unlikely counts most; here it counts least. By the paper it helps where the base half
/// knows (mathematics) and hurts new facts.
/// </summary>
public sealed class DftObjective : Objective
{
    /// <inheritdoc/>
    public override string Name => "dft";

    /// <inheritdoc/>
    public override IReadOnlyList<ResponseRole> Responses => [];

    /// <inheritdoc/>
    public override bool DividesByTokens => true;

    /// <inheritdoc/>
    public override ObjectiveValue Evaluate(SequenceLogProbs policy, SequenceLogProbs? reference = null)
    {
        var annotated = policy.Of(ResponseRole.Annotated);
        return new ObjectiveValue(-annotated.SumOf(annotated.Tokens.Detach().Exp() * annotated.Tokens));
    }
}
