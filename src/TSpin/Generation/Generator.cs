using TSpin.Models;
using TSpin.Prompts;
using TSpin.Tokenizers;
using TSpin.Torch;

namespace TSpin.Generation;

/// <summary>
/// Answers prompts with a decoder: batched, with a key-value cache whose rows are filled again as answers end, every prompt from its own random stream, so
/// that the batch a prompt falls into changes its answer only where the rounding of the logits does.
/// </summary>
public sealed class Generator : IGenerator
{
    private readonly Decoder _decoder;
    private readonly Tokenizer? _tokenizer;
    private readonly GraphRecording _graphs = new(TorchLibrary.Options.Graphs);
    private readonly Sampler _sampler;
    private readonly HashSet<int> _endIds;
    private readonly StopConditions _stops;

    /// <summary>Joins a model, a tokenizer and options.</summary>
    /// <param name="decoder">The model; see <see cref="Decoder.ForInference"/>. Stays the caller's, and must not change while answers are made.</param>
    /// <param name="tokenizer">The model's tokenizer, for the text of answers and for stop texts. Null: answers are ids alone, their text empty.</param>
    /// <param name="options">How tokens are chosen.</param>
    /// <param name="endIds">Token ids that end an answer. Default: <see cref="DecoderConfig.EosIds"/>; with none at all only length and stop texts end one.</param>
    /// <exception cref="TSpinException">An option is out of its range, stop texts are wanted without a tokenizer, or one of them could never come up.</exception>
    public Generator(Decoder decoder, Tokenizer? tokenizer, SamplingOptions options, IReadOnlyList<int>? endIds = null)
    {
        if (tokenizer is null && options.StopTexts.Count > 0)
        {
            throw new TSpinException($"Stop texts (the first: {Files.Excerpt.Of(options.StopTexts[0])}) need a tokenizer, and the model has none. Leave them out, or put the tokenizer's files beside the weights.");
        }

        _decoder = decoder;
        _tokenizer = tokenizer;
        _sampler = new Sampler(options);
        _stops = StopConditions.Of(options, tokenizer, decoder.Config.VocabularySize);
        EndIds = endIds ?? decoder.Config.EosIds;
        _endIds = [.. EndIds];
        Options = options;
    }

    /// <summary>How tokens are chosen.</summary>
    public SamplingOptions Options { get; }

    /// <summary>Token ids that end an answer.</summary>
    public IReadOnlyList<int> EndIds { get; }

    /// <summary>How steps of one token per row are taken on a GPU. Default: <see cref="TorchOptions.Graphs"/>.</summary>
    public GraphUse Graphs
    {
        get => _graphs.Use;
        init => _graphs = new GraphRecording(value);
    }

    /// <summary>Why recording a CUDA graph failed, since when this generator takes steps without; null where none did.</summary>
    public string? GraphFailure => _graphs.Failure;

    /// <summary>Type of the model's arithmetic.</summary>
    public DType ComputeType => _decoder.ComputeType;

    /// <inheritdoc/>
    public string ComputedIn => ResponseSettings.NameOf(ComputeType);

    /// <inheritdoc/>
    public string? Notice => GraphFailure is { } reason
        ? $"answered without CUDA graphs, which is slower: recording one failed ({reason}). {TorchOptions.GraphsVariable}=off does not try (docs/gpu.md)" : null;

    /// <summary>Answers all prompts, lazily: each wave is computed when its first answer is asked for.</summary>
    /// <param name="prompts">Prompts with different indices.</param>
    /// <param name="seeds">Where each prompt's seed comes from.</param>
    /// <param name="progress">Told how far it is, a few times a second. Default: nobody.</param>
    /// <param name="cancellation">Looked at before every token.</param>
    /// <returns>The answers in the order of <see cref="WavePlan"/>, not of the list.</returns>
    /// <exception cref="TSpinException">A prompt cannot be answered (see <see cref="Check"/>), or the logits hold a NaN.</exception>
    public IEnumerable<Response> Generate(
        IReadOnlyList<PromptTokens> prompts, ResponseSeeds seeds, IProgress<GenerationProgress>? progress = null, CancellationToken cancellation = default) =>
        this.AnswerAll(prompts, seeds, progress, cancellation);

    /// <summary>How many of some prompts fit in memory at the same time; see <see cref="BatchSizeChoice"/>.</summary>
    /// <param name="prompts">The prompts.</param>
    /// <returns>Rows, at least 1.</returns>
    public int BatchSizeFor(IReadOnlyList<PromptTokens> prompts) => BatchSizeChoice.For(
        _decoder.Config, _decoder.ComputeType, _decoder.Device, prompts.Select(prompt => prompt.Ids.Length + (long)Room(prompt)).DefaultIfEmpty(1).Max());

    /// <summary>Answers the prompts of one wave.</summary>
    /// <param name="prompts">The prompts; checked by the caller (<see cref="Check"/>).</param>
    /// <param name="seeds">Where each prompt's seed comes from.</param>
    /// <param name="batchSize">Most prompts at the same time.</param>
    /// <param name="steps">Told of every step.</param>
    /// <param name="cancellation">Looked at before every token.</param>
    /// <returns>One answer per prompt, in the given order.</returns>
    public IReadOnlyList<Response> GenerateWave(
        IReadOnlyList<PromptTokens> prompts, ResponseSeeds seeds, int batchSize, IProgress<WaveStep>? steps = null, CancellationToken cancellation = default)
    {
        return Wave([.. prompts.Select(prompt => Row(prompt, seeds.Of(prompt.Index), watchesText: _stops.Texts.Count > 0))], batchSize, steps, cancellation);
    }

    private Response[] Wave(WaveRow[] rows, int batchSize, IProgress<WaveStep>? steps, CancellationToken cancellation)
    {
        using var wave = new Wave(_decoder, _sampler, rows, batchSize, _graphs);
        while (!wave.IsDone)
        {
            cancellation.ThrowIfCancellationRequested();
            var step = wave.Step();
            steps?.Report(step);
        }

        return [.. rows.Select(row => row.ToResponse(_tokenizer, _stops.Texts))];
    }

    /// <summary>Answers one prompt.</summary>
    /// <param name="promptIds">The prompt.</param>
    /// <param name="seed">Of its random stream; the same seed and prompt give the answer that <see cref="Generate"/> gives.</param>
    /// <param name="cancellation">Looked at before every token.</param>
    /// <returns>The answer, with index 0.</returns>
    /// <exception cref="TSpinException">The prompt cannot be answered, or the logits hold a NaN.</exception>
    public Response Answer(int[] promptIds, ulong seed, CancellationToken cancellation = default)
    {
        var prompt = new PromptTokens(0, promptIds);
        Check([prompt]);
        return Wave([Row(prompt, seed, watchesText: _stops.Texts.Count > 0)], 1, null, cancellation)[0];
    }

    /// <summary>Answers one prompt piece by piece, for a chat.</summary>
    /// <param name="promptIds">The prompt.</param>
    /// <param name="seed">Of its random stream; the same seed and prompt give the text that <see cref="Generate"/> gives.</param>
    /// <param name="cancellation">Looked at before every token.</param>
    /// <returns>Pieces of text, none empty and none ending inside a character; together they are the answer's text, without any stop text.</returns>
    /// <exception cref="TSpinException">The prompt cannot be answered, or the logits hold a NaN.</exception>
    /// <exception cref="InvalidOperationException">There is no tokenizer.</exception>
    public IEnumerable<string> Stream(int[] promptIds, ulong seed, CancellationToken cancellation = default)
    {
        if (_tokenizer is null)
        {
            throw new InvalidOperationException("without a tokenizer an answer has no text to stream");
        }

        var prompt = new PromptTokens(0, promptIds);
        Check([prompt]);
        return Pieces(prompt, seed, cancellation);
    }

    /// <summary>Checks that every prompt can be answered, before any work is done.</summary>
    /// <param name="prompts">The prompts.</param>
    /// <exception cref="TSpinException">
    /// A prompt is empty, leaves the model no position for an answer, or holds an id outside the vocabulary; or two have the same index.
    /// </exception>
    public void Check(IReadOnlyList<PromptTokens> prompts)
    {
        var (positions, vocabulary) = (_decoder.Config.LongestSequence, _decoder.Config.VocabularySize);
        var seen = new HashSet<int>();
        foreach (var (index, ids, _) in prompts)
        {
            if (!seen.Add(index))
            {
                throw new TSpinException($"Prompt {index} is in the list twice; give every prompt its own index.");
            }

            if (ids.Length == 0)
            {
                throw new TSpinException($"Prompt {index} has no tokens; give it some text, or leave it out.");
            }

            if (ids.Length >= positions)
            {
                throw new TSpinException(
                    $"Prompt {index} has {ids.Length} tokens, and the model has {positions} positions for prompt and answer together; shorten the prompt (max prompt tokens) or leave it out.");
            }

            if (Array.FindIndex(ids, id => id < 0 || id >= vocabulary) is >= 0 and var at)
            {
                throw new TSpinException(
                    $"Prompt {index}: token {at} has the id {ids[at]}, but the model's vocabulary has {vocabulary} entries; use the tokenizer that belongs to the model.");
            }
        }
    }

    private IEnumerable<string> Pieces(PromptTokens prompt, ulong seed, CancellationToken cancellation)
    {
        var row = Row(prompt, seed, watchesText: true);
        using var wave = new Wave(_decoder, _sampler, [row], batchSize: 1, _graphs);
        while (!wave.IsDone)
        {
            cancellation.ThrowIfCancellationRequested();
            wave.Step();
            var piece = wave.IsDone ? row.ToResponse(_tokenizer, _stops.Texts).Text[row.Text!.Taken..] : row.Text!.TakeSettled();
            if (piece.Length > 0)
            {
                yield return piece;
            }
        }
    }

    private int Room(PromptTokens prompt) => Math.Min(Options.MaxNewTokens, _decoder.Config.LongestSequence - prompt.Ids.Length);

    private WaveRow Row(PromptTokens prompt, ulong seed, bool watchesText) =>
        new(prompt, seed, Room(prompt), _endIds, _stops.Ids, _tokenizer is null ? null : new AnswerText(_tokenizer, _stops.Texts), watchesText);
}
