using TSpin.ChatTemplates;
using TSpin.ChatTemplates.Jinja;

namespace TSpin.Evaluation.Harness;

/// <summary>Writes the context of a question: description, few-shot examples, the question; as plain text or through a chat template.</summary>
/// <param name="task">The task.</param>
/// <param name="settings">System words and turns.</param>
/// <param name="template">The chat template. Null: plain text.</param>
internal sealed class ContextBuilder(HarnessTask task, HarnessSettings settings, ChatTemplate? template)
{
    /// <summary>What parts a question from the continuation that is scored.</summary>
    public string TargetDelimiter => template is null ? task.TargetDelimiter : "";

    /// <summary>The context that the answer, or every choice, follows.</summary>
    public string Context(TaskRow row, IReadOnlyList<TaskRow> shots) => Rendered([.. Begun(shots), new ContextMessage("user", task.Text(row))]);

    /// <summary>The contexts of a question whose choices stand in it.</summary>
    public IReadOnlyList<string> Contexts(IReadOnlyList<string> choices, IReadOnlyList<TaskRow> shots)
    {
        var begun = Begun(shots);
        return [.. choices.Select(choice => Rendered([.. begun, new ContextMessage("user", choice)]))];
    }

    private List<ContextMessage> Begun(IReadOnlyList<TaskRow> shots)
    {
        var messages = new List<ContextMessage>();
        if (ContextMessage.Joined(settings.System, task.Description, task.ShotDelimiter) is { Length: > 0 } system)
        {
            messages.Add(new ContextMessage("system", system));
        }

        foreach (var shot in shots)
        {
            var (question, answer) = task.Shot(shot);
            messages.Add(new ContextMessage("user", question, answer.Length > 0 ? task.TargetDelimiter : ""));
            if (answer.Length > 0)
            {
                messages.Add(new ContextMessage("assistant", answer, task.ShotDelimiter));
            }
        }

        return messages;
    }

    private string Rendered(IReadOnlyList<ContextMessage> messages)
    {
        if (template is null)
        {
            return ContextMessage.Text(messages);
        }

        var turns = ContextMessage.Turns(messages, settings.ShotsAreTurns ?? true);
        try
        {
            return template.Render(turns, addGenerationPrompt: true);
        }
        catch (JinjaException) when (turns.Any(turn => turn.Role == "system"))
        {
            // As the harness: a template that refuses a system turn is asked without.
            return template.Render([.. turns.Where(turn => turn.Role != "system")], addGenerationPrompt: true);
        }
    }
}
