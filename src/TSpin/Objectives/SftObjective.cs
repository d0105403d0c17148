using TSpin.Prompts;

namespace TSpin.Objectives;

/// <summary>
/// Supervised fine-tuning: <c>-log pi(y|x)</c>, summed over the batch and divided by its response tokens. Give it sums of token
/// log-probabilities, never means.
/// </summary>
public sealed class SftObjective : Objective
{
    /// <inheritdoc/>
    public override string Name => "sft";

    /// <inheritdoc/>
    public override IReadOnlyList<ResponseRole> Responses => [];

    /// <inheritdoc/>
    public override bool DividesByTokens => true;

    /// <inheritdoc/>
    public override ObjectiveValue Evaluate(SequenceLogProbs policy, SequenceLogProbs? reference = null) => new(-policy.Annotated);
}
