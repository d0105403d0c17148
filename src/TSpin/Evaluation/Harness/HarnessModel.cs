using TSpin.ChatTemplates;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Tokenizers;
using TSpin.Torch;

namespace TSpin.Evaluation.Harness;

/// <summary>A model as the harness' tasks see it: it finds continuations likely or not, and writes answers.</summary>
/// <param name="decoder">The weights.</param>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="template">Its chat template; null where it has none.</param>
/// <param name="batchSize">Answers written at once. Default: null, as many as fit.</param>
/// <param name="generators">Who writes answers, from options and the ids that end one. Default: this process.</param>
/// <param name="work">Where unfinished work is kept, so that it goes on after a kill. Default: nowhere.</param>
/// <param name="processes">Those that score texts with the model. Default: this one alone.</param>
public sealed class HarnessModel(
    Decoder decoder, Tokenizer tokenizer, ChatTemplate? template, int? batchSize = null, Func<SamplingOptions, IReadOnlyList<int>, IGenerator>? generators = null, EvaluationWork? work = null,
    IScoringProcesses? processes = null)
{
    private readonly HarnessTokens _tokens = new(tokenizer, decoder.Config);

    /// <summary>The model's chat template; null where it has none.</summary>
    public ChatTemplate? Template => template;

    /// <summary>The model's positions.</summary>
    public int Longest => _tokens.Longest;

    /// <summary>Contexts that were cut from the left so far.</summary>
    public int ContextsCut { get; private set; }

    /// <summary>Scores continuations.</summary>
    /// <param name="requests">Contexts and continuations.</param>
    /// <param name="progress">Told which share is done. Default: nobody.</param>
    /// <param name="cancellation">Looked at before every pass.</param>
    /// <returns>A score each, in their order.</returns>
    /// <exception cref="TSpinException">A continuation cannot be scored.</exception>
    public IReadOnlyList<ContinuationScore> Score(IReadOnlyList<ContinuationRequest> requests, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        var pairs = new (int[] Context, int[] Continuation)[requests.Count];
        try
        {
            Parallel.For(0, requests.Count, i => pairs[i] = _tokens.Pair(requests[i]));
        }
        catch (AggregateException error) when (error.InnerExceptions[0] is TSpinException fault)
        {
            throw new TSpinException(fault.Message, error);
        }

        for (var i = 0; i < pairs.Length; i++)
        {
            (pairs[i], var isCut) = Cut(pairs[i]);
            ContextsCut += isCut ? 1 : 0;
        }

        return [.. new ContinuationScorer(decoder, processes: processes).Score(pairs, progress, work?.Next("scores"), cancellation).Select(score => new ContinuationScore(score.LogProb, score.IsGreedy == true))];
    }

    /// <summary>
    /// Answers: each token the likeliest, or drawn at a request's temperature, always with the same random numbers for the same
    /// place among <paramref name="requests"/>.
    /// </summary>
    /// <param name="requests">Contexts, and what ends their answers.</param>
    /// <param name="progress">Told how many are done of those that are written together. Default: nobody.</param>
    /// <param name="cancellation">Looked at before every token.</param>
    /// <returns>The texts, in their order.</returns>
    /// <exception cref="TSpinException">An answer leaves no room for its context.</exception>
    public IReadOnlyList<string> Answer(IReadOnlyList<AnswerRequest> requests, IProgress<GenerationProgress>? progress = null, CancellationToken cancellation = default) =>
        [.. Write(requests, progress, cancellation).Select(answer => answer.Text)];

    /// <summary>As <see cref="Answer"/>, with the ids behind the texts and whether they were cut.</summary>
    /// <param name="requests">Contexts, and what ends their answers.</param>
    /// <param name="progress">Told how many are done of those that are written together. Default: nobody.</param>
    /// <param name="cancellation">Looked at before every token.</param>
    /// <returns>The answers, in their order.</returns>
    /// <exception cref="TSpinException">An answer leaves no room for its context.</exception>
    public IReadOnlyList<WrittenAnswer> Write(IReadOnlyList<AnswerRequest> requests,
        IProgress<GenerationProgress>? progress = null, CancellationToken cancellation = default)
    {
        var answers = new WrittenAnswer[requests.Count];
        foreach (var alike in Enumerable.Range(0, requests.Count).GroupBy(i => (string.Join('\0', requests[i].Until), requests[i].MaxTokens, requests[i].Temperature)))
        {
            var (most, until) = (requests[alike.First()].MaxTokens ?? AnswerRequest.UsualTokens, requests[alike.First()].Until);
            var temperature = requests[alike.First()].Temperature;
            var prompts = alike.Select(i => (Index: i, Prompt: _tokens.Prompt(requests[i].Context, most))).ToArray();
            ContextsCut += prompts.Count(prompt => prompt.Prompt.IsCut);
            int[] ends = [.. decoder.Config.EosIds.Union(tokenizer.EosId is { } id ? [id] : [])];
            var options = new SamplingOptions { MaxNewTokens = most, Temperature = temperature, StopTexts = until, BatchSize = batchSize };
            var generator = generators?.Invoke(options, ends) ?? new Generator(decoder, tokenizer, options, ends);
            using var closing = generator as IDisposable;
            foreach (var response in EvaluationWork.Answer(
                work, generator, [.. prompts.Select(prompt => new PromptTokens(prompt.Index, prompt.Prompt.Ids))], new ResponseSeeds(0, "harness"), progress, cancellation))
            {
                answers[response.Index] = new WrittenAnswer(Cut(response.Text, until), response.Tokens,
                    response.FinishReason == FinishReason.Length);
            }
        }

        return answers;
    }

    /// <summary>
    /// How likely the model finds annotated answers: their log-probabilities, and over how many tokens.
    /// </summary>
    /// <param name="requests">Contexts with the whole annotated answers.</param>
    /// <param name="progress">Told which share is done. Default: nobody.</param>
    /// <param name="cancellation">Looked at before every pass.</param>
    /// <returns>One each, in their order, nats; null for one that has no tokens, or more than the model has
    /// positions.</returns>
    public IReadOnlyList<(double LogProb, int Tokens)?> ScoreAnnotated(IReadOnlyList<ContinuationRequest> requests,
        Action<double>? progress = null, CancellationToken cancellation = default)
    {
        var pairs = new (int[] Context, int[] Continuation)?[requests.Count];
        Parallel.For(0, requests.Count, i => pairs[i] = _tokens.TryPair(requests[i]));
        var fitting = Enumerable.Range(0, pairs.Length).Where(i => pairs[i] is not null).ToArray();
        var scores = new ContinuationScorer(decoder, processes: processes)
            .Score([.. fitting.Select(i => Cut(pairs[i]!.Value).Pair)], progress, work?.Next("annotated"), cancellation);
        var results = new (double, int)?[requests.Count];
        for (var i = 0; i < fitting.Length; i++)
        {
            results[fitting[i]] = (scores[i].LogProb, pairs[fitting[i]]!.Value.Continuation.Length);
        }

        return results;
    }

    /// <summary>The text of some ids, special tokens left out.</summary>
    internal string Decode(ReadOnlySpan<int> ids) => tokenizer.Decode(ids, skipSpecialTokens: true);

    /// <summary>How far the likeliest token is ahead of the next one after a context and some tokens of its answer, in logits.</summary>
    internal double Lead(AnswerRequest request, ReadOnlySpan<int> answer)
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        long[] ids = [.. _tokens.Prompt(request.Context, request.MaxTokens ?? AnswerRequest.UsualTokens).Ids, .. answer];
        var hidden = decoder.Hidden(Tensor.From<long>(ids, [1, ids.Length], decoder.Device), AttentionLayout.Causal(ids.Length, decoder.Device));
        var logits = decoder.Logits(hidden.Narrow(1, ids.Length - 1, 1)).To(DType.Float32, Device.Cpu).ToArray<float>();
        Array.Sort(logits);
        return logits[^1] - (double)logits[^2];
    }

    // The last token is not read, so a sequence may be one longer than the model.
    private ((int[] Context, int[] Continuation) Pair, bool IsCut) Cut((int[] Context, int[] Continuation) pair)
    {
        var surplus = pair.Context.Length + pair.Continuation.Length - (_tokens.Longest + 1);
        return surplus > 0 ? ((pair.Context[surplus..], pair.Continuation), true) : (pair, false);
    }

    // The text of the end token may also be written out, piece by piece.
    private string Cut(string text, IReadOnlyList<string> until)
    {
        var end = tokenizer.EosId is { } id ? tokenizer.Decode([id], skipSpecialTokens: false) : "";
        foreach (var stop in until.Append(end).Where(stop => stop.Length > 0))
        {
            var at = text.IndexOf(stop, StringComparison.Ordinal);
            text = at >= 0 ? text[..at] : text;
        }

        return text;
    }
}
