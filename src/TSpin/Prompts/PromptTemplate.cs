using TSpin.Recipes;

namespace TSpin.Prompts;

/// <summary>
/// Turns a user's words into the text that a response continues: the same for generation, training and evaluation. A template is
/// text with <c>{prompt}</c> exactly once; every other character, braces too, stands for itself. Special tokens are the tokenizer's
/// business, except those written in the template's own text.
/// </summary>
public sealed class PromptTemplate
{
    private const string PaperText = "### Instruction: {prompt}\n\n### Response: ";

    private readonly string _before;
    private readonly string _after;

    private PromptTemplate(string name, string text)
    {
        Name = name;
        Text = text;
        var at = text.IndexOf(TemplateText.Placeholder, StringComparison.Ordinal);
        _before = text[..at];
        _after = text[(at + TemplateText.Placeholder.Length)..];
    }

    /// <summary>The template of the T-SPIN and SPIN papers, with one trailing space.</summary>
    public static PromptTemplate Paper { get; } = new("paper", PaperText);

    /// <summary>The prompt alone.</summary>
    public static PromptTemplate None { get; } = new("none", TemplateText.Placeholder);

    /// <summary><c>paper</c> or <c>none</c>, or <c>custom</c> for any other text.</summary>
    public string Name { get; }

    /// <summary>The template's text, with its placeholder.</summary>
    public string Text { get; }

    /// <summary>Reads what a recipe's <c>prompt.template</c> holds.</summary>
    /// <param name="nameOrText"><c>paper</c>, <c>none</c>, or text that holds <c>{prompt}</c> exactly once.</param>
    /// <returns>The template.</returns>
    /// <exception cref="TSpinException">It is neither; <c>chat</c> (templates that models ship, in Jinja) is not supported yet.</exception>
    public static PromptTemplate Parse(string nameOrText) => (nameOrText, TemplateText.FaultOf(nameOrText)) switch
    {
        (_, { } fault) => throw new TSpinException($"prompt.template: {fault}"),
        ("paper", _) => Paper,
        ("none", _) => None,
        _ => new PromptTemplate("custom", nameOrText),
    };

    /// <summary>Puts a prompt into the template; <c>{prompt}</c> inside the prompt itself stays as it is.</summary>
    /// <param name="prompt">The user's words.</param>
    /// <returns>The text before the response.</returns>
    public string Render(string prompt) => _before + prompt + _after;
}
