using TSpin.ChatTemplates;

namespace TSpin.Evaluation.Harness;

/// <summary>A piece of a context: a turn of a conversation, or words with what parts them from the next.</summary>
/// <param name="Role">system, user or assistant.</param>
/// <param name="Content">The words.</param>
/// <param name="Delimiter">What follows them in plain text.</param>
internal sealed record ContextMessage(string Role, string Content, string Delimiter = "")
{
    /// <summary>All pieces as plain text.</summary>
    public static string Text(IEnumerable<ContextMessage> messages) => string.Concat(messages.Select(message => message.Content + message.Delimiter));

    /// <summary>All pieces as the turns of a conversation, or everything but the system's words as one turn of the user's.</summary>
    public static IReadOnlyList<ChatTurn> Turns(IReadOnlyList<ContextMessage> messages, bool multiturn)
    {
        if (multiturn)
        {
            return [.. messages.Select(message => new ChatTurn(message.Role, message.Content))];
        }

        var system = messages[0].Role == "system" ? 1 : 0;
        ContextMessage[] words = [.. messages.Skip(system).SkipLast(1), messages[^1] with { Delimiter = "" }];
        return [.. messages.Take(system).Select(message => new ChatTurn(message.Role, message.Content)), new ChatTurn("user", Text(words))];
    }

    /// <summary>Two texts, with something between where neither has white space there.</summary>
    public static string Joined(string? first, string? second, string between) => string.IsNullOrEmpty(first) ? second ?? "" : string.IsNullOrEmpty(second) ? first
        : PythonString.IsSpace(first[^1]) || PythonString.IsSpace(second[0]) ? first + second : first + between + second;
}
