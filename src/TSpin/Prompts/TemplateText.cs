using TSpin.Files;

namespace TSpin.Prompts;

/// <summary>The rule for <c>prompt.template</c>, used where recipes are checked and where templates are rendered.</summary>
public static class TemplateText
{
    /// <summary>What stands for the user's words.</summary>
    public const string Placeholder = "{prompt}";

    /// <summary>The model's own chat template.</summary>
    public const string Chat = "chat";

    /// <summary>What stands before the name of one of several chat templates.</summary>
    public const string NamedChat = "chat:";

    private const string TemplateFile = ".jinja";

    /// <summary>Whether a template is a chat template: <c>chat</c>, <c>chat:NAME</c>, or a .jinja file.</summary>
    /// <param name="nameOrText">What a recipe holds.</param>
    /// <returns>True for a chat template.</returns>
    public static bool IsChat(string nameOrText) => !nameOrText.Contains(Placeholder, StringComparison.Ordinal) && !nameOrText.Contains('\n', StringComparison.Ordinal)
        && (nameOrText == Chat || nameOrText.StartsWith(NamedChat, StringComparison.Ordinal) || nameOrText.EndsWith(TemplateFile, StringComparison.Ordinal));

    /// <summary>Whether a template is the path of a .jinja file.</summary>
    /// <param name="nameOrText">What a recipe holds.</param>
    /// <returns>True for a path.</returns>
    public static bool IsFile(string nameOrText) => IsChat(nameOrText) && nameOrText != Chat && !nameOrText.StartsWith(NamedChat, StringComparison.Ordinal);

    /// <summary>Checks a template.</summary>
    /// <param name="nameOrText"><c>paper</c>, <c>none</c>, <c>chat</c>, <c>chat:NAME</c>, a .jinja file, or text that holds <see cref="Placeholder"/> exactly once.</param>
    /// <returns>What is wrong, and the cure; null when nothing is.</returns>
    public static string? FaultOf(string nameOrText)
    {
        switch (nameOrText)
        {
            case "paper" or "none":
                return null;
            case NamedChat:
                return "\"chat:\" names no template; write for example chat:tool_use, or chat for the model's own";
        }

        if (IsChat(nameOrText))
        {
            return null;
        }

        var first = nameOrText.IndexOf(Placeholder, StringComparison.Ordinal);
        if (first < 0)
        {
            return $"{Excerpt.Of(nameOrText)} does not hold {{prompt}}; use \"paper\", \"none\", \"chat\", or text with {{prompt}} where the prompt belongs";
        }

        return nameOrText.IndexOf(Placeholder, first + 1, StringComparison.Ordinal) < 0
            ? null
            : $"{Excerpt.Of(nameOrText)} holds {{prompt}} more than once; keep one";
    }
}
