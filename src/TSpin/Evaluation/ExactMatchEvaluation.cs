using System.Diagnostics;
using TSpin.Data;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Recipes;
using TSpin.Tokenizers;
using TSpin.Torch;
using TSpin.Triplets;

namespace TSpin.Evaluation;

/// <summary>
/// Answers held-out problems and compares the final number as lm-evaluation-harness' gsm8k does, without few-shot examples; also measures
/// how likely the annotated answers are.
/// </summary>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="template">Renders prompts, as in training.</param>
/// <param name="prompt">Prompt limits, as in training.</param>
/// <param name="settings">Lengths and whether sampled answers are scored too.</param>
/// <param name="seed">The run's seed, for sampled answers.</param>
public sealed class ExactMatchEvaluation(Tokenizer tokenizer, PromptTemplate template, PromptSettings prompt, EvaluationSettings settings, ulong seed)
{
    private const string Greedy = "greedy";
    private const string Sampled = "sampled";
    private const int ScoringBatch = 8;

    /// <summary>Token ids that end an answer besides the model's own, see <see cref="SamplingOptions.StopIds"/>. Default: none.</summary>
    public IReadOnlyList<int>? StopIds { get; init; }

    /// <summary>Where the ends are taken from that a model was trained with: the folder of an adapter. Default: the model itself.</summary>
    public string? AdapterFolder { get; init; }

    /// <summary>Evaluates a model.</summary>
    /// <param name="decoder">The model, as used for generation.</param>
    /// <param name="examples">The held-out problems, at least one.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops; nothing is kept.</param>
    /// <returns>The scores and every answer.</returns>
    public (EvaluationResult Result, IReadOnlyList<EvaluatedAnswer> Answers) Run(
        Decoder decoder, IReadOnlyList<AnnotatedExample> examples, IProgress<GenerationProgress>? progress = null, CancellationToken cancellation = default)
    {
        var clock = Stopwatch.StartNew();
        var encoder = Encoder(decoder);
        var whole = encoder.Prompts([.. examples.Select(example => example.Asked)]);
        var prompts = whole.Select(rendered => rendered with { Ids = TripletBuilder.Truncate(rendered.Ids, prompt, encoder.BeginId) }).ToArray();
        // Where answers are sampled too, that takes about as long again.
        var first = progress is null || !settings.Sampled ? progress : new BothModes(progress, 0, prompts.Length, () => clock.Elapsed.TotalSeconds);
        var second = progress is null || !settings.Sampled ? progress : new BothModes(progress, prompts.Length, 0, () => 0);
        var greedy = Answer(decoder, examples, prompts, Greedy, 0, first, cancellation);
        var sampled = settings.Sampled ? Answer(decoder, examples, prompts, Sampled, 1, second, cancellation) : [];
        var (logProb, tokens) = AnnotatedLogProb(decoder, examples, prompts, cancellation);
        var result = new EvaluationResult(
            "gsm8k", examples.Count, AnswerScore.Of(greedy), settings.Sampled ? AnswerScore.Of(sampled) : null, logProb / Math.Max(1, tokens), tokens,
            clock.Elapsed.TotalSeconds, new Dictionary<string, AnswerScore>(), whole.Count(rendered => rendered.Ids.Length > prompt.MaxPromptTokens));
        return (result, [.. greedy, .. sampled]);
    }

    private PromptEncoder Encoder(Decoder decoder) =>
        new(template, tokenizer, AdapterFolder is null ? decoder.Config : DecoderConfigReader.WithEndsOf(AdapterFolder, decoder.Config));

    private EvaluatedAnswer[] Answer(
        Decoder decoder, IReadOnlyList<AnnotatedExample> examples, PromptTokens[] prompts, string mode, double temperature,
        IProgress<GenerationProgress>? progress, CancellationToken cancellation)
    {
        var options = new SamplingOptions
        {
            MaxNewTokens = settings.MaxNewTokens,
            Temperature = temperature,
            BatchSize = settings.BatchSize,
            StopTexts = settings.Stop,
            StopIds = StopIds,
        };
        var generator = new Generator(decoder, tokenizer, options, Encoder(decoder).EndIds);
        var responses = generator.Generate(prompts, new ResponseSeeds(seed, "evaluation"), progress, cancellation);
        return [.. responses.OrderBy(response => response.Index).Select(response => EvaluatedAnswer.Judge(
            response.Index, mode, prompts[response.Index].Text, examples[response.Index].Response, response.Text,
            response.FinishReason != FinishReason.Length, response.Tokens.Length))];
    }

    private (double LogProb, long Tokens) AnnotatedLogProb(
        Decoder decoder, IReadOnlyList<AnnotatedExample> examples, PromptTokens[] prompts, CancellationToken cancellation)
    {
        using var off = GradMode.Off();
        var encoder = Encoder(decoder);
        var annotated = encoder.Responses(examples.Select(example => (example.Asked, example.Response)));
        var builder = new TripletBuilder(prompt, encoder.EndId, encoder.BeginId);
        for (var i = 0; i < prompts.Length; i++)
        {
            builder.Add(i, prompts[i].Ids, annotated[i], null, null);
        }

        var (sum, tokens) = (0.0, 0L);
        foreach (var batch in builder.Build().Triplets.OrderBy(triplet => triplet.Annotated.Length + triplet.Prompt.Length).Chunk(ScoringBatch))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = new TensorScope();
            sum += new PackedForward().Run(decoder, batch).Annotated.To(DType.Float64).Sum().Item();
            tokens += batch.Sum(triplet => triplet.Annotated.Length);
        }

        return (sum, tokens);
    }

    private sealed class BothModes(IProgress<GenerationProgress> listener, int before, int after, Func<double> elapsed) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value) => listener.Report(value with
        {
            Done = before + value.Done,
            Total = before + value.Total + after,
            SecondsLeft = value.SecondsLeft is { } left ? left + (after > 0 ? left + elapsed() : 0) : null,
        });
    }
}
