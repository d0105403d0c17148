using System.Diagnostics;
using TSpin.ChatTemplates;
using TSpin.Generation;

namespace TSpin.Evaluation.Harness;

/// <summary>A task or a group of lm-evaluation-harness as one that a run evaluates its checkpoints with.</summary>
/// <param name="tasks">The task with its questions; or all tasks below the group.</param>
/// <param name="group">The group, whose numbers stand for all its tasks. Default null: one task.</param>
/// <param name="template">The model's chat template, where the questions went through one. Default: they did not.</param>
public sealed class HarnessEvaluationTask(IReadOnlyList<AskedTask> tasks, TaskGroup? group = null, ChatTemplate? template = null) : IEvaluationTask
{
    /// <inheritdoc/>
    public string Name => group?.Name ?? tasks[0].Task.Name;

    /// <summary>Questions, over all tasks.</summary>
    public int Questions => tasks.Sum(task => task.Questions.Count);

    /// <summary>What its questions say, for a look at what they share with training data.</summary>
    /// <returns>The question, and the question with its right answer.</returns>
    public IReadOnlyList<(string Prompt, string Text)> Texts() => [.. tasks.SelectMany(task => task.Questions.Select(question =>
    {
        var text = task.Task.Text(question.Row);
        return (text, $"{text} {Right(task.Task, question.Row)}");
    }))];

    /// <summary>Refuses answers that are allowed as many tokens as a model has positions, or more.</summary>
    /// <param name="positions">The most tokens of a sequence.</param>
    /// <exception cref="TSpinException">Names the task and what to lower.</exception>
    public void RequireRoom(int positions)
    {
        foreach (var task in tasks)
        {
            var most = task.Questions.Select(question => question.Answer).OfType<AnswerRequest>()
                .Select(answer => answer.MaxTokens ?? AnswerRequest.UsualTokens).DefaultIfEmpty().Max();
            if (most >= positions)
            {
                throw new TSpinException(
                    $"task {task.Task.Name}: answers of up to {most} tokens leave no room for a question: the model has "
                    + $"{positions} positions. Lower generation_kwargs.max_gen_toks where the task's file is yours, leave the "
                    + "task out, or take a model that reads longer texts.");
            }
        }
    }

    /// <summary>Writes the questions of what a recipe names.</summary>
    /// <param name="name">A task, a group or a short name.</param>
    /// <param name="data">Where the rows are.</param>
    /// <param name="settings">How it is asked.</param>
    /// <param name="template">The model's chat template, where it is applied.</param>
    /// <param name="ofFile">Reads a task of the user's own. Default: there are none.</param>
    /// <returns>One; several for a short name of several tasks.</returns>
    /// <exception cref="TSpinException">As for <see cref="HarnessTasks.Find"/> and <see cref="HarnessEvaluation.Ask"/>.</exception>
    public static IReadOnlyList<HarnessEvaluationTask> Of(string name, DatasetFolder data, EvaluationSettings settings, ChatTemplate? template, Func<string, HarnessTask?>? ofFile = null)
    {
        var (found, groups) = HarnessTasks.Find([name], HarnessFolder.Of(settings.Harness, data.Path, settings.Langdetect, settings.Punkt), ofFile);
        var asked = HarnessEvaluation.Ask(found, data, SettingsOf(settings), template);
        // The outermost group comes last.
        return groups is [.., var outermost] ? [new HarnessEvaluationTask(asked, outermost, template)] : [.. asked.Select(task => new HarnessEvaluationTask([task], null, template))];
    }

    /// <summary>How a recipe asks the harness' tasks.</summary>
    /// <param name="settings">Section <c>evaluation</c>.</param>
    /// <returns>The same in the harness' words.</returns>
    public static HarnessSettings SettingsOf(EvaluationSettings settings) => new()
    {
        Shots = settings.NumFewshot,
        UsualShots = true,
        Limit = settings.Limit,
        AppliesChatTemplate = settings.ApplyChatTemplate,
        ShotsAreTurns = settings.ApplyChatTemplate ? settings.FewshotAsMultiturn : null,
        System = settings.SystemInstruction,
        ShotSeed = settings.FewshotSeed,
    };

    /// <inheritdoc/>
    public (EvaluationResult Result, IReadOnlyList<EvaluatedAnswer> Answers) Run(
        EvaluatedModel model, IProgress<GenerationProgress>? progress = null, CancellationToken cancellation = default)
    {
        var clock = Stopwatch.StartNew();
        var asks = model.ForHarness(template);
        var outcomes = HarnessEvaluation.Run(tasks, asks, progress is null ? null : new Told(progress), cancellation);
        var metrics = group is null ? outcomes[0].Metrics : GroupOutcome.Of(group, outcomes).Metrics;
        AnswerFigures[] figures = [.. outcomes.SelectMany(outcome => outcome.Figures)];
        return (
            new EvaluationResult(
                Name, Questions, [.. metrics.Select(Score)],
                figures.Length == 0 ? [] : [AnswerStatistics.Of(figures)],
                AnswerFigures.Metrics(figures).FirstOrDefault(metric => metric.Metric == AnswerFigures.AnnotatedMetric)?.Value,
                figures.Sum(answer => (long)answer.AnnotatedTokens), clock.Elapsed.TotalSeconds, asks.ContextsCut),
            [.. outcomes.SelectMany(outcome => outcome.Questions.GroupBy(question => question.Question.Number).Select(filters => Answer(outcome.Task, filters)))
                .Select((answer, i) => answer with { Index = i })]);
    }

    private static string Right(HarnessTask asked, TaskRow row) =>
        asked is ChoiceTask task ? task.Choices(row).ElementAtOrDefault(task.Gold(row)) ?? "" : asked.Target(row).Answer(null);

    private MetricScore Score(MetricOutcome metric) =>
        new(metric.Metric, metric.Filter, "", Title(metric), metric.Value, metric.StandardError, metric.Rows)
        {
            HigherIsBetter = tasks[0].Task.Metrics.First(own => own.Name == metric.Metric).HigherIsBetter,
        };

    private static string Title(MetricOutcome metric) => metric.Filter == AnswerFilter.None.Name ? metric.Metric : $"{metric.Metric} {metric.Filter}";

    // What the model wrote, or chose: the likeliest continuation.
    private EvaluatedAnswer Answer(HarnessTask asked, IEnumerable<QuestionOutcome> filters)
    {
        var outcomes = filters.ToArray();
        var (question, row) = (outcomes[0].Question, outcomes[0].Question.Row);
        var best = outcomes[0].Choices.Select((choice, i) => (choice.LogProb, i)).DefaultIfEmpty().MaxBy(choice => choice.LogProb).i;
        return new EvaluatedAnswer(
            question.Number, "", question.Answer?.Context ?? question.Continuations[best].Context,
            Right(asked, row),
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
