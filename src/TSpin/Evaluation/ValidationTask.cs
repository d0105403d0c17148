using System.Diagnostics;
using TSpin.Data;
using TSpin.Evaluation.Tasks;
using TSpin.Generation;
using TSpin.Prompts;

namespace TSpin.Evaluation;

/// <summary>
/// The annotated examples that a run keeps to choose by (<see cref="ValidationSplit"/>). Where all of them end in <c>#### n</c> they are answered and judged as gsm8k is; where all are short
/// labels of one line, answers are compared with them as they are (<c>exact_match,none</c>, white space around does not count); of others nothing is judged, and only how likely the
/// annotated answers are is measured.
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

    /// <inheritdoc/>
    public string Name => TaskName;

    /// <summary>Whether answers are right or wrong, rather than only likely or not.</summary>
    public bool IsJudged => EndInNumbers || AreLabels;

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
        EvaluatedAnswer[] answers = AreLabels ? [.. Answer(model, prepared, progress, cancellation)] : [];
        var (logProb, tokens) = model.ScoreAnnotated(prepared, cancellation);
        return (
            new EvaluationResult(
                TaskName, examples.Count,
                answers.Length == 0 ? [] : [MetricScore.Of(Gsm8kTask.Metric, "none", Greedy, Gsm8kTask.Metric, answers)],
                answers.Length == 0 ? [] : [AnswerStatistics.Of(Greedy, answers)],
                logProb, tokens, clock.Elapsed.TotalSeconds, prepared.PromptsCut),
            answers);
    }

    private IEnumerable<EvaluatedAnswer> Answer(EvaluatedModel model, PreparedExamples prepared, IProgress<GenerationProgress>? progress, CancellationToken cancellation)
    {
        var options = new SamplingOptions { MaxNewTokens = settings.MaxNewTokens, Temperature = 0, BatchSize = settings.BatchSize, StopTexts = settings.Stop };
        return model.Answer(prepared.Prompts, options, TaskName, progress, cancellation).Select(response => new EvaluatedAnswer(
            response.Index, Greedy, prepared.Prompts[response.Index].Text, examples[response.Index].Response, response.Text,
            new Dictionary<string, double> { [MetricScore.KeyOf(Gsm8kTask.Metric, "none")] = response.Text.Trim() == examples[response.Index].Response.Trim() ? 1 : 0 },
            response.FinishReason != FinishReason.Length, response.Tokens.Length)
        {
            Task = TaskName,
        });
    }
}
