using System.Globalization;
using System.Text.Json;

namespace TSpin.Evaluation.Harness;

/// <summary>The right answer of a row: a text, or the number of a choice.</summary>
/// <param name="Text">The text; null where it is a number.</param>
/// <param name="Choice">The number of the right choice, from 0; null where it is a text.</param>
public sealed record TaskTarget(string? Text, int? Choice)
{
    /// <summary>What a template made, as the harness reads it: digits are the number of a choice where there are choices.</summary>
    /// <param name="text">The template's text.</param>
    /// <param name="hasChoices">Whether the task has choices.</param>
    /// <returns>The target.</returns>
    public static TaskTarget OfTemplate(string text, bool hasChoices) =>
        hasChoices && PythonString.IsDigits(text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var choice) ? Of(choice) : Of(text);

    /// <summary>The number of a choice.</summary>
    /// <param name="choice">From 0.</param>
    /// <returns>The target.</returns>
    public static TaskTarget Of(int choice) => new(null, choice);

    /// <summary>A text.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The target.</returns>
    public static TaskTarget Of(string text) => new(text, null);

    /// <summary>What a few-shot example writes for it.</summary>
    /// <param name="choices">The row's choices, where it has any.</param>
    /// <returns>The answer's text.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such choice.</exception>
    public string Answer(IReadOnlyList<string>? choices) => Choice is { } choice && choices is not null ? choices[choice]
        : Text is { } text ? PythonLiteralFirst(text) : Choice?.ToString(CultureInfo.InvariantCulture) ?? "";

    /// <summary>The number of the right choice among some.</summary>
    /// <param name="choices">The row's choices.</param>
    /// <returns>Its number; -1 where it is none of them.</returns>
    public int Gold(IReadOnlyList<string> choices)
    {
        if (Choice is { } choice)
        {
            return choice < choices.Count ? choice : -1;
        }

        for (var i = 0; i < choices.Count; i++)
        {
            if (choices[i] == Text)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>As the harness writes it in its samples: a number, a text, or the list that a text is.</summary>
    /// <returns>JSON.</returns>
    public JsonElement ToJson() => Choice is { } choice ? JsonSerializer.SerializeToElement(choice)
        : Text is ['[', .., ']'] list && PythonLiteral.List(list) is { } items ? JsonSerializer.SerializeToElement(items.Select(Item))
        : JsonSerializer.SerializeToElement(Text);

    // A text that is a list in Python stands for several right answers, of which examples show the first.
    private static string PythonLiteralFirst(string text) => text is ['[', .., ']'] && PythonLiteral.List(text) is { Count: > 0 } items ? items[0] : text;

    private static object Item(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : text;
}
