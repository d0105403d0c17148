using TSpin.Models;
using TSpin.Prompts;
using TSpin.Torch;

namespace TSpin.Scoring;

/// <summary>What is computed from the hidden states of a batch, however its tokens are laid out: log-probabilities, their sums, and what else an objective wants.</summary>
/// <param name="policy">The model.</param>
/// <param name="wants">What an objective wants besides sums.</param>
/// <param name="targets">All response tokens, one response after the other.</param>
/// <param name="owners">The number of the response that each belongs to.</param>
/// <param name="responses">How many responses there are, empty ones too.</param>
internal sealed class RowNumbers(Decoder policy, LogProbWants wants, long[] targets, long[] owners, long responses)
{
    private Tensor _sums = null!;
    private Tensor _logProbs = null!;
    private Tensor? _terms;
    private Tensor? _prompts;
    private Action? _finish;

    /// <summary>Runs the model.</summary>
    /// <param name="hidden">The hidden states of the batch under a model, [tokens, H].</param>
    /// <param name="predicting">The place in it that predicts each of the targets.</param>
    /// <param name="predictingPrompts">The places that predict prompt tokens; empty where these are not wanted.</param>
    /// <param name="promptTargets">Those tokens.</param>
    /// <param name="logProbsOf">The head: log-probabilities of tokens from hidden states. Default: the fused one.</param>
    public void Compute(Func<Decoder, Tensor> hidden, long[] predicting, long[] predictingPrompts, long[] promptTargets, Func<Tensor, Tensor, Tensor>? logProbsOf = null)
    {
        logProbsOf ??= policy.TokenLogProbs;
        var device = policy.Device;
        var type = policy.ComputeType == DType.Float64 ? DType.Float64 : DType.Float32;
        _sums = Tensor.Zeros([responses], type, device);
        _logProbs = Tensor.Zeros([0], type, device);
        if (targets.Length == 0 && predictingPrompts.Length == 0)
        {
            return;
        }

        // The graph keeps what backward needs; handles would keep the rest as well. Blocks that are computed again need the layout, and a term the states.
        using var scope = policy.Training.RecomputesBlocks || policy.Weights.Shards is not null || wants.Term is not null ? null : new TensorScope();
        var states = hidden(policy);
        if (predictingPrompts.Length > 0)
        {
            var prompts = logProbsOf(states.IndexSelect(0, Tensor.From(predictingPrompts, device)), Tensor.From(promptTargets, device));
            _prompts = scope?.Keep(prompts) ?? prompts;
        }

        if (targets.Length == 0)
        {
            return;
        }

        var places = Tensor.From(predicting, device);
        var next = Tensor.From(targets, device);
        var predictors = states.IndexSelect(0, places);                                             // (R, H)
        if (wants.Term is { } term)
        {
            var reference = term.NeedsReference ? ReferenceStates(hidden, places, wants.Reference ?? throw new ArgumentException("the objective compares distributions with a reference policy, and there is none", nameof(hidden))) : null;
            var pass = new TokenTermPass(policy, term, predictors, wants.Reference, reference, next, wants.TermNumbers);
            (predictors, _terms, _finish) = (pass.States, pass.Terms, pass.FinishBackward);
        }

        var logProbs = logProbsOf(predictors, next);                                                // (R)
        var sums = _sums.IndexAdd(0, Tensor.From(owners, device), logProbs);
        _logProbs = scope?.Keep(logProbs) ?? logProbs;
        _sums = scope?.Keep(sums) ?? sums;
    }

    /// <summary>The responses of one role.</summary>
    /// <param name="numbers">The number of each example's response.</param>
    /// <param name="starts">Where it begins among the targets.</param>
    /// <param name="lengths">Its tokens.</param>
    /// <returns>Their log-probabilities.</returns>
    public ResponseLogProbs Of(long[] numbers, long[] starts, int[] lengths) =>
        new(_logProbs, starts, lengths, _sums.IndexSelect(0, Tensor.From(numbers, _sums.Device)), _terms);

    /// <summary>All that was computed.</summary>
    /// <param name="roles">The responses by role.</param>
    /// <param name="prompted">The examples whose prompts were scored, in the order of the targets; null where they were not.</param>
    /// <param name="computed">Tokens that went through the model.</param>
    /// <param name="useful">Tokens that had to.</param>
    /// <returns>The batch.</returns>
    public TripletLogProbs Report(IReadOnlyDictionary<ResponseRole, ResponseLogProbs> roles, IReadOnlyList<Triplet>? prompted, long computed, long useful) => new(
        roles[ResponseRole.Annotated].Sums, roles.GetValueOrDefault(ResponseRole.Synthetic)?.Sums, roles.GetValueOrDefault(ResponseRole.ProtoSynthetic)?.Sums, computed, useful)
    {
        Responses = roles,
        Prompts = prompted is null ? null : OfPrompts([.. prompted.Select(triplet => triplet.Prompt.Length - 1)]),
        FinishBackward = _finish,
    };

    private ResponseLogProbs OfPrompts(int[] lengths)
    {
        var starts = new long[lengths.Length];
        for (var i = 1; i < starts.Length; i++)
        {
            starts[i] = starts[i - 1] + lengths[i - 1];
        }

        var all = _prompts ?? _logProbs;
        return new ResponseLogProbs(all, starts, lengths, ResponseLogProbs.SumOf(all.Narrow(0, 0, lengths.Sum()), lengths));
    }

    private static Tensor ReferenceStates(Func<Decoder, Tensor> hidden, Tensor places, Decoder reference)
    {
        using var off = GradMode.Off();
        return hidden(reference).IndexSelect(0, places);
    }
}
