using System.Diagnostics;
using TSpin.Generation;

namespace TSpin.Evaluation.Harness;

/// <summary>A task of lm-evaluation-harness as one that a run evaluates its checkpoints with: <c>EvaluationTasks.Register("arc_easy", (_, _) =&gt; new HarnessEvaluationTask(asked))</c>.</summary>
/// <param name="asked">The task with its questions.</param>
public sealed class HarnessEvaluationTask(AskedTask asked) : IEvaluationTask
{
    /// <inheritdoc/>
    public string Name => asked.Task.Name;

    /// <inheritdoc/>
    public (EvaluationResult Result, IReadOnlyList<EvaluatedAnswer> Answers) Run(
        EvaluatedModel model, IProgress<GenerationProgress>? progress = null, CancellationToken cancellation = default)
    {
        var clock = Stopwatch.StartNew();
        var asks = model.ForHarness();
        var outcome = HarnessEvaluation.Run([asked], asks, progress is null ? null : new Told(progress), cancellation)[0];
        var figures = outcome.Figures;
        return (
            new EvaluationResult(
                Name, asked.Questions.Count, [.. outcome.Metrics.Select(Score)],
                figures.Count == 0 ? [] : [AnswerStatistics.Of(figures)],
                outcome.AnswerMetrics.FirstOrDefault(metric => metric.Metric == AnswerFigures.AnnotatedMetric)?.Value,
                figures.Sum(answer => (long)answer.AnnotatedTokens), clock.Elapsed.TotalSeconds, asks.ContextsCut),
            [.. outcome.Questions.GroupBy(question => question.Question.Number).Select(Answer)]);
    }

    private MetricScore Score(MetricOutcome metric) =>
        new(metric.Metric, metric.Filter, "", Title(metric), metric.Value, metric.StandardError, metric.Rows)
        {
            HigherIsBetter = asked.Task.Metrics.First(own => own.Name == metric.Metric).HigherIsBetter,
        };

    private static string Title(MetricOutcome metric) => metric.Filter == AnswerFilter.None.Name ? metric.Metric : $"{metric.Metric} {metric.Filter}";

    // What the model wrote, or chose: the likeliest continuation.
    private EvaluatedAnswer Answer(IEnumerable<QuestionOutcome> filters)
    {
        var outcomes = filters.ToArray();
        var (question, row) = (outcomes[0].Question, outcomes[0].Question.Row);
        var best = outcomes[0].Choices.Select((choice, i) => (choice.LogProb, i)).DefaultIfEmpty().MaxBy(choice => choice.LogProb).i;
        return new EvaluatedAnswer(
            question.Number, "", question.Answer?.Context ?? question.Continuations[best].Context,
            asked.Task is ChoiceTask task ? task.Choices(row).ElementAtOrDefault(task.Gold(row)) ?? "" : asked.Task.Target(row).Answer(null),
            outcomes[0].Answer ?? question.Continuations[best].Continuation,
            outcomes.SelectMany(outcome => outcome.Scores.Select(score => (Key: MetricScore.KeyOf(score.Key, outcome.Filter), score.Value.Value))).ToDictionary(score => score.Key, score => score.Value),
            Ended: outcomes[0].Figures?.IsCut != true, Tokens: outcomes[0].Figures?.Tokens ?? 0)
        {
            Task = Name,
        };
    }

    private sealed class Told(IProgress<GenerationProgress> listener) : IProgress<HarnessProgress>
    {
        public void Report(HarnessProgress value) => listener.Report(new GenerationProgress(value.Done, value.Total, 0, 0, value.SecondsLeft));
    }
}
