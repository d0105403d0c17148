using System.Globalization;
using System.Text;

namespace TSpin.Reports.Html;

/// <summary>
/// Makes any text fit to stand in HTML and XML. Responses are untrusted: they hold markup, control characters, halves of surrogate
/// pairs, and marks that would reverse the direction of the rest of the page; all of these are shown rather than obeyed.
/// </summary>
public static class HtmlText
{
    /// <summary>Escapes a text for use as element content or inside a quoted attribute.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>Well-formed XML character data that shows the same characters.</returns>
    public static string Escape(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        var escaped = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                escaped.Append(c).Append(text[++i]);
            }
            else if (c != '\r' || i + 1 >= text.Length || text[i + 1] != '\n')
            {
                AppendEscaped(escaped, c);
            }
        }

        return escaped.ToString();
    }

    /// <summary>The beginning of a text, cut between whole characters, with a remark of how much is left out.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="maxCharacters">Longest text that stays whole, UTF-16 units.</param>
    /// <returns>The text or its beginning.</returns>
    public static string Shorten(string text, int maxCharacters)
    {
        if (text.Length <= maxCharacters)
        {
            return text;
        }

        var end = char.IsHighSurrogate(text[maxCharacters - 1]) ? maxCharacters - 1 : maxCharacters;
        return string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, end)} … [{text.Length - end} more characters]");
    }

    private static void AppendEscaped(StringBuilder escaped, char c)
    {
        switch (c)
        {
            case '&': escaped.Append("&amp;"); break;
            case '<': escaped.Append("&lt;"); break;
            case '>': escaped.Append("&gt;"); break;
            case '"': escaped.Append("&quot;"); break;
            case '\'': escaped.Append("&#39;"); break;
            case '\n' or '\t': escaped.Append(c); break;
            case < ' ': escaped.Append((char)('\u2400' + c)); break;
            case '\u007f': escaped.Append('\u2421'); break;
            case >= '\u0080' and <= '\u009f' or >= '\u202a' and <= '\u202e' or >= '\u2066' and <= '\u2069':
                escaped.Append(CultureInfo.InvariantCulture, $"\u27e8U+{(int)c:X4}\u27e9");
                break;
            case >= '\ud800' and <= '\udfff' or '\ufffe' or '\uffff': escaped.Append('\ufffd'); break;
            default: escaped.Append(c); break;
        }
    }
}
