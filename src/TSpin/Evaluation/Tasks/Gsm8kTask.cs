using System.Diagnostics;
using TSpin.Data;
using TSpin.Generation;
using TSpin.Prompts;

namespace TSpin.Evaluation.Tasks;

/// <summary>
/// Answers held-out problems and compares the final number as lm-evaluation-harness' gsm8k does, without few-shot examples; also measures
/// how likely the annotated answers are.
/// </summary>
/// <param name="examples">The held-out problems, at least one.</param>
/// <param name="settings">Lengths and whether sampled answers are scored too.</param>
/// <param name="stopIds">Token ids that end an answer besides the model's own, see <see cref="SamplingOptions.StopIds"/>. Default: none.</param>
public sealed class Gsm8kTask(IReadOnlyList<AnnotatedExample> examples, EvaluationSettings settings, IReadOnlyList<int>? stopIds = null) : IEvaluationTask
{
    /// <summary>Its name.</summary>
    public const string TaskName = "gsm8k";

    /// <summary>The metric.</summary>
    public const string Metric = "exact_match";

    /// <summary>The number behind <c>#### </c>; see <see cref="FinalNumber.Strict"/>.</summary>
    public const string Strict = "strict-match";

    /// <summary>The last number anywhere; see <see cref="FinalNumber.Flexible"/>.</summary>
    public const string Flexible = "flexible-extract";

    private const string Greedy = "greedy";
    private const string Sampled = "sampled";

    /// <inheritdoc/>
    public string Name => TaskName;

    /// <inheritdoc/>
    public (EvaluationResult Result, IReadOnlyList<EvaluatedAnswer> Answers) Run(
        EvaluatedModel model, IProgress<GenerationProgress>? progress = null, CancellationToken cancellation = default)
    {
        var clock = Stopwatch.StartNew();
        var prepared = PreparedExamples.Of(model.Encoder, model.Limits, [.. examples.Select(example => (example.Asked, example.Response, (string?)null))]);
        // Where answers are sampled too, that takes about as long again.
        var first = progress is null || !settings.Sampled ? progress : new BothModes(progress, 0, examples.Count, () => clock.Elapsed.TotalSeconds);
        var second = progress is null || !settings.Sampled ? progress : new BothModes(progress, examples.Count, 0, () => 0);
        string[] modes = settings.Sampled ? [Greedy, Sampled] : [Greedy];
        EvaluatedAnswer[] answers = [.. modes.SelectMany(mode => Answer(model, prepared, mode, mode == Greedy ? first : second, cancellation))];
        var (logProb, tokens) = model.ScoreAnnotated(prepared, progress, cancellation);
        var result = new EvaluationResult(
            Name, examples.Count,
            [.. modes.SelectMany(mode => new[] { MetricScore.Of(Metric, Strict, mode, $"{mode} strict", answers), MetricScore.Of(Metric, Flexible, mode, $"{mode} flexible", answers) })],
            [.. modes.Select(mode => AnswerStatistics.Of(mode, answers, FinalNumber.EndsInFormat))],
            logProb, tokens, clock.Elapsed.TotalSeconds, prepared.PromptsCut);
        return (result, answers);
    }

    /// <summary>Judges one answer.</summary>
    /// <param name="index">Index of the example in its test set, from 0.</param>
    /// <param name="mode">How it was generated.</param>
    /// <param name="prompt">The rendered prompt.</param>
    /// <param name="reference">The annotated answer.</param>
    /// <param name="answer">The generated answer.</param>
    /// <param name="ended">Whether the generator stopped by itself.</param>
    /// <param name="tokens">Length in tokens.</param>
    /// <returns>The record with both verdicts.</returns>
    public static EvaluatedAnswer Judge(int index, string mode, string prompt, string reference, string answer, bool ended, int tokens) => new(
        index, mode, prompt, reference, answer,
        new Dictionary<string, double>
        {
            [MetricScore.KeyOf(Metric, Strict)] = FinalNumber.Matches(FinalNumber.Strict(answer), reference) ? 1 : 0,
            [MetricScore.KeyOf(Metric, Flexible)] = FinalNumber.Matches(FinalNumber.Flexible(answer), reference) ? 1 : 0,
        },
        ended, tokens)
    {
        Task = TaskName,
    };

    private IEnumerable<EvaluatedAnswer> Answer(EvaluatedModel model, PreparedExamples prepared, string mode, IProgress<GenerationProgress>? progress, CancellationToken cancellation)
    {
        var options = new SamplingOptions
        {
            MaxNewTokens = settings.MaxNewTokens,
            Temperature = mode == Greedy ? 0 : 1,
            BatchSize = settings.BatchSize,
            StopTexts = settings.Stop,
            StopIds = stopIds,
        };
        return model.Answer(prepared.Prompts, options, progress: progress, cancellation: cancellation).Select(response => Judge(
            response.Index, mode, prepared.Prompts[response.Index].Text, examples[response.Index].Response, response.Text, response.FinishReason != FinishReason.Length, response.Tokens.Length));
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
