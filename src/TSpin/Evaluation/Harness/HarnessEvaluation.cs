using TSpin.Randomness;

namespace TSpin.Evaluation.Harness;

/// <summary>Asks a model the questions of tasks and judges the answers: lm-evaluation-harness 0.4.13's <c>simple_evaluate</c>.</summary>
public static class HarnessEvaluation
{
    /// <summary>Writes the questions of tasks.</summary>
    /// <param name="tasks">The tasks, in the order in which the harness loads them.</param>
    /// <param name="data">Where their rows are.</param>
    /// <param name="settings">How they are asked.</param>
    /// <param name="template">The model's chat template, where it is applied.</param>
    /// <returns>One for each task.</returns>
    /// <exception cref="TSpinException">Data are missing, a row lacks something, or the settings contradict each other.</exception>
    public static IReadOnlyList<AskedTask> Ask(IReadOnlyList<HarnessTask> tasks, DatasetFolder data, HarnessSettings settings, ChatTemplates.ChatTemplate? template)
    {
        if (settings.AppliesChatTemplate && template is null)
        {
            throw new TSpinException("a chat template is to be applied, and the model has none (no chat_template.jinja, none in tokenizer_config.json). Leave --apply-chat-template out, or use a chat model.");
        }

        if (settings is { ShotsAreTurns: true, AppliesChatTemplate: false })
        {
            throw new TSpinException("examples can be turns of a conversation only with a chat template: --fewshot-as-multiturn needs --apply-chat-template.");
        }

        var random = new PythonRandom(settings.Seed);
        return [.. tasks.Select(task => AskedTask.Of(task, data, settings, settings.AppliesChatTemplate ? template : null, random))];
    }

    /// <summary>Puts questions to a model.</summary>
    /// <param name="asked">The questions.</param>
    /// <param name="model">The model.</param>
    /// <param name="progress">Told how far it is, over all tasks. Default: nobody.</param>
    /// <param name="cancellation">Stops; nothing is kept.</param>
    /// <returns>One for each task.</returns>
    public static IReadOnlyList<TaskOutcome> Run(IReadOnlyList<AskedTask> asked, HarnessModel model, IProgress<HarnessProgress>? progress = null, CancellationToken cancellation = default)
    {
        var meter = new HarnessMeter(asked, progress);
        return [.. asked.Select(task =>
        {
            var outcome = Run(task, model, meter, cancellation);
            meter.End(task);
            return outcome;
        })];
    }

    /// <summary>The groups' numbers.</summary>
    /// <param name="groups">The groups.</param>
    /// <param name="tasks">All tasks below them.</param>
    /// <returns>One for each group.</returns>
    public static IReadOnlyList<GroupOutcome> Groups(IReadOnlyList<TaskGroup> groups, IReadOnlyList<TaskOutcome> tasks) => [.. groups.Select(group =>
    {
        var members = HarnessTasks.TasksOf(group);
        return GroupOutcome.Of(group, [.. tasks.Where(task => members.Contains(task.Task.Name))]);
    })];

    private static AnswerFigures[] Figures(AskedTask task, IReadOnlyList<WrittenAnswer> written, HarnessModel model,
        HarnessMeter meter, CancellationToken cancellation)
    {
        var annotated = task.Questions.Select((question, i) => (question.Annotated, i))
            .Where(question => question.Annotated is not null).ToArray();
        var scores = model.ScoreAnnotated([.. annotated.Select(question => question.Annotated!)],
            share => meter.ReportAnnotated(task, share), cancellation)
            .Select((score, i) => (score, annotated[i].i)).ToDictionary(score => score.i, score => score.score);
        return [.. written.Select((answer, i) => scores.GetValueOrDefault(i) is var (logProb, tokens)
            ? new AnswerFigures(answer.Tokens.Length, answer.IsCut, AnswerFigures.Repeated(answer.Tokens), logProb,
                tokens)
            : new AnswerFigures(answer.Tokens.Length, answer.IsCut, AnswerFigures.Repeated(answer.Tokens)))];
    }

    private static TaskOutcome Run(AskedTask task, HarnessModel model, HarnessMeter meter, CancellationToken cancellation)
    {
        if (task.Task is GenerationTask)
        {
            var written = model.Write([.. task.Questions.Select(question => question.Answer!)], meter.OfAnswers(task),
                cancellation);
            return TaskOutcome.OfAnswers(task, [.. written.Select(answer => answer.Text)],
                Figures(task, written, model, meter, cancellation), cancellation);
        }

        ContinuationRequest[] requests = [.. task.Questions.SelectMany(question => question.Continuations)];
        var scores = model.Score(requests, share => meter.Report(task, share), cancellation).ToArray();
        var found = new List<IReadOnlyList<ContinuationScore>>();
        var next = 0;
        foreach (var question in task.Questions)
        {
            found.Add(scores[next..(next + question.Continuations.Count)]);
            next += question.Continuations.Count;
        }

        return TaskOutcome.OfChoices(task, found);
    }
}
