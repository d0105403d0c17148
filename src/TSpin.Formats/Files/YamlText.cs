using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace TSpin.Files;

/// <summary>Values as text: for YAML that is written, and for fault messages.</summary>
public static partial class YamlText
{
    private const int LongestShown = 60;

    /// <summary>Text as a YAML scalar that reads back unchanged: bare where that is safe, else in double quotes.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>The scalar, on one line.</returns>
    public static string Scalar(string text) => IsSafeBare().IsMatch(text) && text is not ("null" or "Null" or "NULL") ? text : Quote(text);

    /// <summary>A number in the shortest form that reads back to the same bits, for example <c>5e-7</c>.</summary>
    /// <param name="value">A finite number.</param>
    /// <returns>The number.</returns>
    public static string Number(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var exponent = text.IndexOf('E', StringComparison.Ordinal);
        return exponent < 0 ? text : $"{text[..exponent]}e{int.Parse(text.AsSpan(exponent + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)}";
    }

    /// <summary>A value as a message shows it: at most 60 characters on one line, in quotes where it would be hard to see.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="quoted">Whether to quote it in any case.</param>
    /// <returns>The shortened text.</returns>
    public static string Show(string text, bool quoted = false)
    {
        if (text.Length > LongestShown)
        {
            return Quote(text[..(char.IsHighSurrogate(text[LongestShown - 1]) ? LongestShown - 1 : LongestShown)]) + $"... ({text.Length} characters)";
        }

        return !quoted && text.Length > 0 && text.All(c => c > ' ' && c < 127) ? text : Quote(text);
    }

    /// <summary>Text in double quotes with YAML's (and JSON's) escapes.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>The quoted text, on one line.</returns>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                _ when char.IsControl(c) || c is '\u2028' or '\u2029' or '\ufeff' or '\ufffe' or '\uffff' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    [GeneratedRegex(@"^[A-Za-z/][A-Za-z0-9_./-]*(:[A-Za-z0-9_./-]+)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex IsSafeBare();
}
