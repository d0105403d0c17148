using TSpin.ChatTemplates;
using TSpin.Randomness;

namespace TSpin.Evaluation.Harness;

/// <summary>A task with all its questions, ready to be put to a model.</summary>
/// <param name="Task">The task.</param>
/// <param name="Shots">Few-shot examples of each question.</param>
/// <param name="Rows">Rows of the split that is evaluated, whatever the limit.</param>
/// <param name="Questions">The questions, in the order of the rows.</param>
public sealed record AskedTask(HarnessTask Task, int Shots, int Rows, IReadOnlyList<TaskQuestion> Questions)
{
    /// <summary>Writes a task's questions.</summary>
    /// <param name="task">The task.</param>
    /// <param name="data">Where its rows are.</param>
    /// <param name="settings">How it is asked.</param>
    /// <param name="template">The model's chat template; null unless <see cref="HarnessSettings.AppliesChatTemplate"/>.</param>
    /// <param name="random">Python's global generator, the same for all tasks of an evaluation in their order.</param>
    /// <returns>The questions.</returns>
    /// <exception cref="TSpinException">Rows are missing, lack a field, or are too few for the examples.</exception>
    public static AskedTask Of(HarnessTask task, DatasetFolder data, HarnessSettings settings, ChatTemplate? template, PythonRandom random)
    {
        var rows = task.Process(task.OwnRows ?? data.Rows(task.Data, task.Data.Evaluated), random);
        var shots = settings.ShotsOf(task);
        var pool = shots == 0 ? [] : task.OwnShots ?? (task.Data.Shots == task.Data.Evaluated ? rows : task.Process(data.Rows(task.Data, task.Data.Shots), random));
        return Of(task, rows, pool, settings, template);
    }

    /// <summary>Writes a task's questions from rows that are there already.</summary>
    /// <param name="task">The task.</param>
    /// <param name="rows">The rows to ask, as <see cref="HarnessTask.Process"/> leaves them.</param>
    /// <param name="pool">The rows that examples are drawn from, likewise.</param>
    /// <param name="settings">How it is asked.</param>
    /// <param name="template">The model's chat template, or null.</param>
    /// <returns>The questions.</returns>
    /// <exception cref="TSpinException">A row lacks a field, there are too few for the examples, or there are none.</exception>
    public static AskedTask Of(HarnessTask task, IReadOnlyList<TaskRow> rows, IReadOnlyList<TaskRow> pool, HarnessSettings settings, ChatTemplate? template)
    {
        if (rows.Count == 0)
        {
            throw new TSpinException($"{task.Name}: none of the rows belongs to the task, so there is nothing to ask. Give the whole dataset.");
        }

        var count = settings.ShotsOf(task);
        var sampling = new ShotSampling(task, pool, settings.ShotSeed);
        var builder = new ContextBuilder(task, settings, template);
        return new AskedTask(task, count, rows.Count, [.. rows.Take(settings.RowsOf(rows.Count)).Select((row, i) => Question(i, row, sampling.Next(count, row)))]);

        TaskQuestion Question(int number, TaskRow row, IReadOnlyList<TaskRow> shots) => task switch
        {
            ChoiceTask { AsksByContext: true } choices => new(number, row, [.. builder.Contexts(choices.Choices(row), shots)
                .Select(context => new ContinuationRequest(context, builder.TargetDelimiter + choices.Target(row).Answer(null)))], null),
            ChoiceTask choices => Choices(number, row, choices, builder.Context(row, shots)),
            GenerationTask generation => Generation(number, row, generation, builder.Context(row, shots)),
            _ => throw new InvalidOperationException($"{task.Name} neither chooses nor generates"),
        };

        TaskQuestion Generation(int number, TaskRow row, GenerationTask generation, string context) =>
            new(number, row, [],
                new AnswerRequest(context, settings.Until ?? generation.Until, settings.MaxTokens ?? generation.MaxTokens)
                {
                    Temperature = generation.Temperature,
                })
            {
                Annotated = settings.ScoresAnnotated && generation.Annotated(row) is { Length: > 0 } answer
                ? new ContinuationRequest(context, builder.TargetDelimiter + answer) : null,
            };

        TaskQuestion Choices(int number, TaskRow row, ChoiceTask choices, string context) =>
            new(number, row, [.. choices.Choices(row).Select(choice => new ContinuationRequest(context, builder.TargetDelimiter + choice))], null);
    }
}
