using TSpin.Objectives;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Torch;

namespace TSpin.Checks;

/// <summary>
/// An objective on pairs whose prompts differ in their last tokens, as TRL's CPO and ORPO cut them where a token
/// covers the end of the prompt and the beginning of the response: the responses begin where the prompts part, and
/// their first tokens, which belong to the prompt, are not scored.
/// </summary>
/// <param name="inner">The objective.</param>
/// <param name="notScored">Tokens at the beginning of chosen and rejected responses, by the triplet's index.</param>
/// <param name="means">Whether log-probabilities are reported per token.</param>
internal sealed class PartlyScored(Objective inner, IReadOnlyList<(int Chosen, int Rejected)> notScored, bool means)
    : Objective
{
    /// <summary>The terms that report the log-probabilities of what is scored.</summary>
    public const string Chosen = "scored_chosen";

    /// <summary>As <see cref="Chosen"/>.</summary>
    public const string Rejected = "scored_rejected";

    public override string Name => inner.Name;

    public override IReadOnlyList<ResponseRole> Responses => inner.Responses;

    public override bool NeedsPrompts => inner.NeedsPrompts;

    public override bool HasTokenLoss => inner.HasTokenLoss;

    // A likelihood that includes the prompt includes its last tokens, wherever they stand.
    public override int TokensOf(Triplet triplet) =>
        inner.NeedsPrompts ? inner.TokensOf(triplet) : triplet.Annotated.Length - notScored[triplet.Index].Chosen;

    public override ObjectiveValue Evaluate(SequenceLogProbs policy, SequenceLogProbs? reference = null)
    {
        var whole = policy.Of(ResponseRole.Annotated);
        var chosen = Without(whole, [.. policy.Triplets.Select(triplet => notScored[triplet.Index].Chosen)]);
        var rejected = Without(
            policy.Of(ResponseRole.Rejected), [.. policy.Triplets.Select(triplet => notScored[triplet.Index].Rejected)]);
        var value = inner.Evaluate(policy with
        {
            Annotated = chosen.Sums,
            Rejected = rejected.Sums,
            Responses = new Dictionary<ResponseRole, ResponseLogProbs>
            {
                [ResponseRole.Annotated] = chosen,
                [ResponseRole.Rejected] = rejected,
            },
        });
        return value with
        {
            PerToken = inner.NeedsPrompts ? value.PerToken! - (whole.Sums - chosen.Sums) : value.PerToken,
            Terms = new Dictionary<string, Tensor>(value.Terms)
            {
                [Chosen] = (means ? chosen.Means : chosen.Sums).Detach(),
                [Rejected] = (means ? rejected.Means : rejected.Sums).Detach(),
            },
        };
    }

    private static ResponseLogProbs Without(ResponseLogProbs response, int[] first)
    {
        var (starts, lengths, start) = (new long[first.Length], new int[first.Length], 0L);
        for (var i = 0; i < first.Length; i++)
        {
            (starts[i], lengths[i]) = (start + first[i], response.Lengths[i] - first[i]);
            start += response.Lengths[i];
        }

        var mask = Enumerable.Range(0, first.Length)
            .SelectMany(i => Enumerable.Range(0, response.Lengths[i]).Select(token => token < first[i] ? 0.0 : 1.0))
            .ToArray();
        var scored = Tensor.From(mask, response.Tokens.Device).To(response.Tokens.DType);
        var sums = response.SumOf(response.Tokens * scored);
        return new ResponseLogProbs(response.Tokens, starts, lengths, sums);
    }
}
