using TSpin.Prompts;
using TSpin.Torch;

namespace TSpin.Objectives;

/// <summary>
/// Unlikelihood training on one's own continuations (arXiv 1908.04319): in a share of the steps, drawn by the run's
/// seed, the model answers the step's prompts greedily, and the loss is <c>-log(1 - p_t)</c> at every token that ends
/// an n-gram which the continuation had before, summed and divided by the continuations' tokens. The other steps are
/// SFT. The published code marks all n tokens of such an n-gram, we its last one, which made the repetition.
/// </summary>
/// <param name="share">Share of the steps, over 0 to 1. Default in recipes: the paper's 0.5.</param>
/// <param name="ngram">n, at least 1. Default in recipes: 4, as in the published code.</param>
/// <param name="maxNewTokens">Longest continuation. Default in recipes: 100, as in the published code.</param>
public sealed class UnlikelihoodObjective(double share, int ngram, int maxNewTokens) : Objective
{
    /// <inheritdoc/>
    public override string Name => "unlikelihood";

    /// <inheritdoc/>
    public override IReadOnlyList<ResponseRole> Responses => [];

    /// <inheritdoc/>
    public override bool DividesByTokens => true;

    /// <inheritdoc/>
    public override ContinuationSettings? Continuations => new(maxNewTokens) { Share = share };

    /// <inheritdoc/>
    public override int TokensOf(Triplet triplet) => triplet.Continuation?.Length ?? triplet.Annotated.Length;

    /// <summary>Which tokens end an n-gram that stood in the text before.</summary>
    /// <param name="text">Token ids.</param>
    /// <param name="ngram">n.</param>
    /// <returns>One for each token; the first n are never among them.</returns>
    public static bool[] Repeats(IReadOnlyList<int> text, int ngram)
    {
        var repeats = new bool[text.Count];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var end = ngram; end <= text.Count; end++)
        {
            repeats[end - 1] = !seen.Add(string.Join(' ', text.Skip(end - ngram).Take(ngram)));
        }

        return repeats;
    }

    /// <inheritdoc/>
    public override ObjectiveValue Evaluate(SequenceLogProbs policy, SequenceLogProbs? reference = null)
    {
        if (policy.Continuation is null)
        {
            return new ObjectiveValue(-policy.Annotated);
        }

        var own = policy.Of(ResponseRole.Continuation);
        var marks = policy.Triplets.SelectMany(triplet => Repeats(triplet.Continuation!, ngram))
            .Select(repeats => repeats ? 1.0 : 0.0).ToArray();
        var mask = Tensor.From(marks, own.Tokens.Device).To(own.Tokens.DType);
        return new ObjectiveValue(-own.SumOf(own.Tokens.LogOneMinusExp() * mask))
        {
            Terms = new Dictionary<string, Tensor> { ["repeated_share"] = own.MeanOf(mask) },
        };
    }
}
