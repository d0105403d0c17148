using System.Globalization;
using System.Text;

namespace TSpin.Evaluation.Harness;

/// <summary>What Python's <c>str</c> does where .NET's string does otherwise; prompts of lm-evaluation-harness are made with it.</summary>
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
    public static bool IsSpace(char character) => char.IsWhiteSpace(character) || character is >= '\u001c' and <= '\u001f';

    /// <summary>As <c>text.capitalize()</c>: the first character in title case, all others in lower case.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>The text.</returns>
    public static string Capitalize(string text)
    {
        if (text.Length == 0)
        {
            return text;
        }

        var first = Rune.TryGetRuneAt(text, 0, out var rune) ? rune.Utf16SequenceLength : 1;
        return Title(text[..first]) + Lower(text, first);
    }

    /// <summary>As <c>len(text)</c>: Unicode code points.</summary>
    /// <param name="text">Any text; half of a surrogate pair counts as one.</param>
    /// <returns>How many.</returns>
    public static int Length(string text) => text.EnumerateRunes().Count();

    /// <summary>As <c>text.isdigit()</c> for the digits that <c>int</c> reads too.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>True where there is nothing but digits, and one at least.</returns>
    public static bool IsDigits(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);

    private static string Title(string character) => character switch
    {
        "ß" => "Ss",
        "\uFB00" => "Ff",
        "\uFB01" => "Fi",
        "\uFB02" => "Fl",
        "\uFB03" => "Ffi",
        "\uFB04" => "Ffl",
        "\u01C4" or "\u01C6" => "\u01C5",
        "\u01C7" or "\u01C9" => "\u01C8",
        "\u01CA" or "\u01CC" => "\u01CB",
        "\u01F1" or "\u01F3" => "\u01F2",
        _ => character.ToUpperInvariant(),
    };

    // The two letters whose lower case is no single letter of its own: the dotted I, and the sigma that ends a word.
    private static string Lower(string text, int start)
    {
        var lower = new StringBuilder(text.Length);
        for (var i = start; i < text.Length; i++)
        {
            _ = text[i] switch
            {
                '\u0130' => lower.Append("i\u0307"),
                'Σ' => lower.Append(i > 0 && char.IsLetter(text[i - 1]) && (i + 1 == text.Length || !char.IsLetter(text[i + 1])) ? 'ς' : 'σ'),
                _ when char.IsHighSurrogate(text[i]) && i + 1 < text.Length => lower.Append(text.AsSpan(i, 2).ToString().ToLowerInvariant()),
                _ => lower.Append(char.ToLower(text[i], CultureInfo.InvariantCulture)),
            };
            i += char.IsHighSurrogate(text[i]) && i + 1 < text.Length ? 1 : 0;
        }

        return lower.ToString();
    }
}
