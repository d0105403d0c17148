using TSpin.ChatTemplates;
using TSpin.Evaluation.Harness;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Tokenizers;

namespace TSpin.Evaluation;

/// <summary>A model as tasks see it: it renders, answers and scores.</summary>
public sealed class EvaluatedModel
{
    private readonly Func<SamplingOptions, IReadOnlyList<int>, IGenerator> _generators;
    private readonly Decoder _decoder;
    private readonly Lazy<Tokenizer> _harnessTokenizer;
    private readonly EvaluationWork? _work;
    private readonly IScoringProcesses? _processes;

    /// <summary>Joins a model with the way to it.</summary>
    /// <param name="decoder">The weights, for scoring.</param>
    /// <param name="encoder">The way from words to tokens, as in training.</param>
    /// <param name="limits">Longest prompt and sequence; see <see cref="PromptSettings.Within"/>.</param>
    /// <param name="seed">From which sampled answers derive theirs.</param>
    /// <param name="generators">Who answers, from options and the ids that end an answer. Default: this process.</param>
    /// <param name="harnessTokenizer">The tokenizer that lm-evaluation-harness would read, see <see cref="Tokenizer.LoadByClass"/>. Default: the encoder's.</param>
    /// <param name="work">Where unfinished work is kept, so that it goes on after a kill. Default: nowhere.</param>
    /// <param name="processes">Those that score texts with it. Default: this one alone.</param>
    public EvaluatedModel(
        Decoder decoder, PromptEncoder encoder, PromptSettings limits, ulong seed,
        Func<SamplingOptions, IReadOnlyList<int>, IGenerator>? generators = null, Func<Tokenizer>? harnessTokenizer = null, EvaluationWork? work = null, IScoringProcesses? processes = null)
    {
        (_work, _processes) = (work, processes);
        (_decoder, Encoder, Limits, Seed) = (decoder, encoder, limits, seed);
        _generators = generators ?? ((options, ends) => new Generator(decoder, encoder.Tokenizer, options, ends));
        _harnessTokenizer = new Lazy<Tokenizer>(harnessTokenizer ?? (() => encoder.Tokenizer));
    }

    /// <summary>The way from words to tokens.</summary>
    public PromptEncoder Encoder { get; }

    /// <summary>Longest prompt and sequence.</summary>
    public PromptSettings Limits { get; }

    /// <summary>The run's seed.</summary>
    public ulong Seed { get; }

    /// <summary>Positions for prompt and answer together.</summary>
    public int LongestSequence => _decoder.Config.LongestSequence;

    /// <summary>Answers prompts.</summary>
    /// <param name="prompts">With different indices; none longer than <see cref="Limits"/> allow.</param>
    /// <param name="options">How tokens are chosen.</param>
    /// <param name="purpose">Part of the seeds: answers of another purpose are drawn independently.</param>
    /// <param name="progress">Told how far it is. Default: nobody.</param>
    /// <param name="cancellation">Looked at before every token.</param>
    /// <returns>The answers by index.</returns>
    public IReadOnlyList<Response> Answer(
        IReadOnlyList<PromptTokens> prompts, SamplingOptions options, string purpose = "evaluation", IProgress<GenerationProgress>? progress = null, CancellationToken cancellation = default)
    {
        var generator = _generators(options, Encoder.EndIds);
        using var closing = generator as IDisposable;
        return [.. EvaluationWork.Answer(_work, generator, prompts, new ResponseSeeds(Seed, purpose), progress, cancellation).OrderBy(response => response.Index)];
    }

    /// <summary>The model as lm-evaluation-harness' tasks see it.</summary>
    /// <param name="template">Its chat template, for tasks that apply one. Default: none.</param>
    /// <returns>The same weights, tokenizer and generator.</returns>
    public HarnessModel ForHarness(ChatTemplate? template = null) => new(_decoder, _harnessTokenizer.Value, template, generators: _generators, work: _work, processes: _processes);

    /// <summary>How likely the annotated answers are.</summary>
    /// <param name="examples">Prompts with their annotated responses.</param>
    /// <param name="progress">Told how far it has come.</param>
    /// <param name="cancellation">Looked at before every batch.</param>
    /// <returns>Their mean log-probability per token in nats, over all tokens of all answers, and how many tokens those are.</returns>
    public (double LogProbPerToken, long Tokens) ScoreAnnotated(
        PreparedExamples examples, IProgress<GenerationProgress>? progress = null, CancellationToken cancellation = default)
    {
        var scores = ScoreEachAnnotated(examples, progress, cancellation);
        var tokens = scores.Sum(score => (long)score.Tokens);
        return (scores.Sum(score => score.LogProb) / Math.Max(1, tokens), tokens);
    }

    /// <summary>How likely each annotated answer is.</summary>
    /// <param name="examples">Prompts with their annotated responses.</param>
    /// <param name="progress">Told how far it has come.</param>
    /// <param name="cancellation">Looked at before every batch.</param>
    /// <returns>For each example the log-probability of its answer, nats, summed, and how many tokens it has.</returns>
    public IReadOnlyList<(double LogProb, int Tokens)> ScoreEachAnnotated(
        PreparedExamples examples, IProgress<GenerationProgress>? progress = null, CancellationToken cancellation = default)
    {
        var triplets = examples.Triplets().Triplets;
        var scores = Score([.. triplets.Select(triplet => (triplet.Prompt, triplet.Annotated))], progress, "annotated answers scored", cancellation);
        return [.. scores.Select((score, i) => (score.LogProb, triplets[i].Annotated.Length))];
    }

    /// <summary>Log-probabilities of given continuations, token by token.</summary>
    /// <param name="sequences">Ids of every prompt and of what follows it.</param>
    /// <param name="progress">Told how far it has come.</param>
    /// <param name="counted">What the sequences are called there, in the plural. Default <c>answers scored</c>.</param>
    /// <param name="cancellation">Looked at before every batch.</param>
    /// <returns>A score per sequence, in their order.</returns>
    public IReadOnlyList<ScoredResponse> Score(
        IReadOnlyList<(int[] Prompt, int[] Response)> sequences, IProgress<GenerationProgress>? progress = null, string counted = "answers scored",
        CancellationToken cancellation = default) =>
        new ResponseScorer(_decoder, processes: _processes).Score(sequences, 0, Meter(sequences, progress, counted), cancellation);

    /// <summary>What reports on scoring.</summary>
    /// <param name="sequences">All that is scored.</param>
    /// <param name="progress">Told; null: nobody.</param>
    /// <param name="counted">What the sequences are called, in the plural.</param>
    /// <returns>To be given to <see cref="ResponseScorer.Score"/>.</returns>
    internal static ScoringMeter? Meter(IReadOnlyList<(int[] Prompt, int[] Response)> sequences, IProgress<GenerationProgress>? progress, string counted) =>
        progress is null ? null : ScoringMeter.Of(sequences, progress, counted);
}
