namespace TSpin.Recipes;

/// <summary>The rule for <c>prompt.template</c>, used where recipes are checked and where templates are rendered.</summary>
public static class TemplateText
{
    /// <summary>What stands for the user's words.</summary>
    public const string Placeholder = "{prompt}";

    /// <summary>Checks a template.</summary>
    /// <param name="nameOrText"><c>paper</c>, <c>none</c>, or text that holds <see cref="Placeholder"/> exactly once.</param>
    /// <returns>What is wrong, and the cure; null when nothing is.</returns>
    public static string? FaultOf(string nameOrText)
    {
        switch (nameOrText)
        {
            case "paper" or "none":
                return null;
            case "chat":
                return "chat templates are not supported yet; use \"paper\", \"none\", or write the turn out as text that holds {prompt}, for example "
                    + "\"<|user|>\\n{prompt}\\n<|assistant|>\\n\"";
        }

        var first = nameOrText.IndexOf(Placeholder, StringComparison.Ordinal);
        if (first < 0)
        {
            return $"{Binding.YamlText.Show(nameOrText, quoted: true)} does not hold {{prompt}}; use \"paper\", \"none\", or text with {{prompt}} where the prompt belongs";
        }

        return nameOrText.IndexOf(Placeholder, first + 1, StringComparison.Ordinal) < 0
            ? null
            : $"{Binding.YamlText.Show(nameOrText, quoted: true)} holds {{prompt}} more than once; keep one";
    }
}
