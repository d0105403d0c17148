using TSpin.ChatTemplates.Jinja;

namespace TSpin.Evaluation;

/// <summary>What Python's <c>str</c> does where .NET's string does otherwise; prompts of lm-evaluation-harness and verdicts on answers are made with it.</summary>
public static class PythonString
{
    /// <summary>As <c>text.strip()</c>.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>Without white space at both ends.</returns>
    public static string Strip(string text)
    {
        var start = 0;
        while (start < text.Length && IsSpace(text[start]))
        {
            start++;
        }

        return StripEnd(text[start..]);
    }

    /// <summary>As <c>text.rstrip()</c>.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>Without white space at the end.</returns>
    public static string StripEnd(string text)
    {
        var end = text.Length;
        while (end > 0 && IsSpace(text[end - 1]))
        {
            end--;
        }

        return text[..end];
    }

    /// <summary>As <c>character.isspace()</c>: .NET's white space, and the four information separators.</summary>
    /// <param name="character">Any character.</param>
    /// <returns>Whether it is white space.</returns>
    public static bool IsSpace(char character) => StringMethods.IsSpace(character);

    /// <summary>As <c>text.capitalize()</c>: the first character in title case, all others in lower case.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>The text.</returns>
    public static string Capitalize(string text) => Casing.Capitalize(text);

    /// <summary>As <c>len(text)</c>: Unicode code points.</summary>
    /// <param name="text">Any text; half of a surrogate pair counts as one.</param>
    /// <returns>How many.</returns>
    public static int Length(string text) => text.EnumerateRunes().Count();

    /// <summary>As <c>text.isdigit()</c> for the digits that <c>int</c> reads too.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>True where there is nothing but digits, and one at least.</returns>
    public static bool IsDigits(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);
}
