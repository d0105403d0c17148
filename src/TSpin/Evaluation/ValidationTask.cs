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
/// <see cref="EvaluationSettings.ValidationMetric"/> may demand one of these, whatever the examples are.
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
    public bool IsJudged => Metric != ValidationMetric.Likelihood;

    private ValidationMetric Metric => settings.ValidationMetric != ValidationMetric.Auto ? settings.ValidationMetric
        : examples.All(example => FinalNumber.EndsInFormat(example.Response)) ? ValidationMetric.Number
        : examples.All(example => IsLabel(example.Response)) ? ValidationMetric.Label
        : settings.Judge is not null ? ValidationMetric.Judge : ValidationMetric.Likelihood;

    /// <summary>Whether an answer is a label: one line that is short.</summary>
    /// <param name="answer">An annotated answer.</param>
    /// <returns>True where it is.</returns>
    internal static bool IsLabel(string answer) => answer.Trim() is { Length: > 0 and <= LongestLabel } label
        && !label.Contains('\n', StringComparison.Ordinal);

    /// <inheritdoc/>
    public (EvaluationResult Result, IReadOnlyList<EvaluatedAnswer> Answers) Run(
        EvaluatedModel model, IProgress<GenerationProgress>? progress = null, CancellationToken cancellation = default)
    {
        var by = Metric;
        if (by == ValidationMetric.Number)
        {
            if (examples.FirstOrDefault(example => !FinalNumber.EndsInFormat(example.Response)) is { } other)
            {
                throw new TSpinException(
                    $"evaluation.validation_metric: number, but the answer at {other.SourceFile}:{other.SourceLine} does not end in #### n. Correct it, or take another metric.");
            }

            var (result, judged) = new Gsm8kTask(examples, settings with { Sampled = false }).Run(model, progress, cancellation);
            return (result with { Task = TaskName }, [.. judged.Select(answer => answer with { Task = TaskName })]);
        }

        var clock = Stopwatch.StartNew();
        var prepared = PreparedExamples.Of(model.Encoder, model.Limits, [.. examples.Select(example => (example.Asked, example.Response, (string?)null))]);
        var likelihoods = model.ScoreEachAnnotated(prepared, progress, cancellation);
        var tokens = likelihoods.Sum(score => (long)score.Tokens);
        var metric = by switch
        {
            ValidationMetric.Label => Gsm8kTask.Metric,
            ValidationMetric.Judge => JudgeMetric,
            _ => null,
        };
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
        var scores = metric != JudgeMetric
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
