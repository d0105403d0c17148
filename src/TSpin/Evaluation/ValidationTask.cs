using System.Diagnostics;
using TSpin.Data;
using TSpin.Evaluation.Tasks;
using TSpin.Evaluation.UserTasks;
using TSpin.Generation;
using TSpin.Prompts;

namespace TSpin.Evaluation;

/// <summary>
/// The annotated examples that a run keeps to choose by (<see cref="ValidationSplit"/>). Where all of them end in <c>#### n</c> they are answered and judged as gsm8k is; where all are short
/// labels of one line, answers are compared with them as they are (<c>exact_match,none</c>, white space around does not count); others are answered and judged
/// where the settings name a judge (<c>judge,none</c>). Without one nothing is judged, and only how likely the annotated answers are is measured: of each, and of all together.
/// </summary>
/// <param name="examples">At least one.</param>
/// <param name="settings">Lengths and batches.</param>
public sealed class ValidationTask(IReadOnlyList<AnnotatedExample> examples, EvaluationSettings settings) : IEvaluationTask
{
    /// <summary>Its name in files.</summary>
    public const string TaskName = "validation";

    /// <summary>Longest label, in characters.</summary>
    public const int LongestLabel = 40;

    private const string Greedy = "greedy";
    private const string NoFilter = "none";

    /// <inheritdoc/>
    public string Name => TaskName;

    /// <summary>The judge's metric.</summary>
    public const string JudgeMetric = "judge";

    /// <summary>Of an answer that nobody judges: its log-probability per token, nats.</summary>
    public static string LikelihoodKey { get; } = MetricScore.KeyOf("annotated_log_prob_per_token", "none");

    /// <summary>Whether answers are right or wrong, rather than only likely or not.</summary>
    public bool IsJudged => EndInNumbers || AreLabels || settings.Judge is not null;

    private bool EndInNumbers => examples.All(example => FinalNumber.EndsInFormat(example.Response));

    private bool AreLabels => examples.All(example => example.Response.Trim() is { Length: > 0 and <= LongestLabel } label && !label.Contains('\n', StringComparison.Ordinal));

    /// <inheritdoc/>
    public (EvaluationResult Result, IReadOnlyList<EvaluatedAnswer> Answers) Run(
        EvaluatedModel model, IProgress<GenerationProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (EndInNumbers)
        {
            var (result, judged) = new Gsm8kTask(examples, settings with { Sampled = false }).Run(model, progress, cancellation);
            return (result with { Task = TaskName }, [.. judged.Select(answer => answer with { Task = TaskName })]);
        }

        var clock = Stopwatch.StartNew();
        var prepared = PreparedExamples.Of(model.Encoder, model.Limits, [.. examples.Select(example => (example.Asked, example.Response, (string?)null))]);
        var likelihoods = model.ScoreEachAnnotated(prepared, cancellation);
        var tokens = likelihoods.Sum(score => (long)score.Tokens);
        var metric = AreLabels ? Gsm8kTask.Metric : settings.Judge is null ? null : JudgeMetric;
        EvaluatedAnswer[] answers = metric is null ? [.. Likelihoods(prepared, likelihoods)]
            : [.. Answer(model, prepared, metric, progress, cancellation)];
        return (
            new EvaluationResult(
                TaskName, examples.Count,
                metric is null ? [] : [MetricScore.Of(metric, NoFilter, Greedy, metric, answers)],
                metric is null ? [] : [AnswerStatistics.Of(Greedy, answers)],
                likelihoods.Sum(score => score.LogProb) / Math.Max(1, tokens), tokens, clock.Elapsed.TotalSeconds, prepared.PromptsCut),
            answers);
    }

    private IEnumerable<EvaluatedAnswer> Likelihoods(
        PreparedExamples prepared, IReadOnlyList<(double LogProb, int Tokens)> likelihoods) =>
        likelihoods.Select((score, i) => new EvaluatedAnswer(i, "", prepared.Prompts[i].Text, examples[i].Response, "",
            new Dictionary<string, double> { [LikelihoodKey] = score.LogProb / Math.Max(1, score.Tokens) },
            Ended: true, Tokens: 0)
        {
            Task = TaskName,
        });

    private IEnumerable<EvaluatedAnswer> Answer(EvaluatedModel model, PreparedExamples prepared, string metric,
        IProgress<GenerationProgress>? progress, CancellationToken cancellation)
    {
        var options = new SamplingOptions { MaxNewTokens = settings.MaxNewTokens, Temperature = 0, BatchSize = settings.BatchSize, StopTexts = settings.Stop };
        var responses = model.Answer(prepared.Prompts, options, TaskName, progress, cancellation);
        var scores = AreLabels
            ? [.. responses.Select(response =>
                response.Text.Trim() == examples[response.Index].Response.Trim() ? 1.0 : 0)]
            : Judged(responses, cancellation);
        return responses.Select((response, i) => new EvaluatedAnswer(
            response.Index, Greedy, prepared.Prompts[response.Index].Text, examples[response.Index].Response, response.Text,
            new Dictionary<string, double> { [MetricScore.KeyOf(metric, NoFilter)] = scores[i] },
            response.FinishReason != FinishReason.Length, response.Tokens.Length)
        {
            Task = TaskName,
        });
    }

    private IReadOnlyList<double> Judged(IReadOnlyList<Response> responses, CancellationToken cancellation) =>
        new JudgeProcess(settings.Judge!, Environment.CurrentDirectory,
            TimeSpan.FromSeconds(settings.JudgeTimeoutSeconds), "evaluation.judge")
            .Ask([.. responses.Select(response => new JudgedAnswer(
                examples[response.Index].Prompt, response.Text, examples[response.Index].Response).ToJson())],
                cancellation);
}
