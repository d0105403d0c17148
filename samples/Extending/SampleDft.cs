using TSpin.Objectives;
using TSpin.Prompts;

namespace Extending;

/// <summary>
/// A supervised objective that weighs tokens: dynamic fine-tuning (DFT, arXiv 2508.05629, equation 9), <c>-sum_t sg(p_t) log p_t</c>. What the model finds unlikely counts less than in
/// SFT, whose gradient divides by p.
/// </summary>
public sealed class SampleDft : Objective
{
    /// <summary>The row that recipes name: <c>method: sample-dft</c>.</summary>
    public static Method Method { get; } = new() { Name = "sample-dft", DisplayName = "DFT", Create = (_, _) => new SampleDft() };

    /// <inheritdoc/>
    public override string Name => Method.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<ResponseRole> Responses => [];

    /// <inheritdoc/>
    public override bool DividesByTokens => true;

    /// <inheritdoc/>
    public override ObjectiveValue Evaluate(SequenceLogProbs policy, SequenceLogProbs? reference = null)
    {
        var annotated = policy.Of(ResponseRole.Annotated);
        var weights = annotated.Tokens.Detach().Exp();
        return new ObjectiveValue(-annotated.SumOf(weights * annotated.Tokens));
    }
}
