using TSpin.Objectives;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Torch;

namespace TSpin.Checks;

/// <summary>
/// An objective on pairs whose reference finds everything equally likely: TRL's <c>reference_free</c>.
/// </summary>
internal sealed class WithoutReference(Objective inner) : Objective
{
    public override string Name => inner.Name;

    public override IReadOnlyList<ResponseRole> Responses => inner.Responses;

    public override ObjectiveValue Evaluate(SequenceLogProbs policy, SequenceLogProbs? reference = null)
    {
        var zeros = new SequenceLogProbs(Zeros(policy.Annotated))
        {
            Rejected = Zeros(policy.Rejected!),
            Responses = policy.Responses.ToDictionary(
                role => role.Key, role => ResponseLogProbs.OfSums(Zeros(role.Value.Sums), [.. role.Value.Lengths])),
        };
        return inner.Evaluate(policy, zeros);
    }

    private static Tensor Zeros(Tensor like) => Tensor.Zeros([.. like.Shape], like.DType, like.Device);
}
