using System.Globalization;
using System.Text;

namespace TSpin.Evaluation.Harness;

/// <summary>Reads values as Python writes them, as <c>ast.literal_eval</c> does: texts, numbers, lists and dictionaries of them.</summary>
/// <param name="text">Where they stand.</param>
internal sealed class PythonLiteral(string text)
{
    private int _at;

    /// <summary>Reads a list of texts and numbers: <c>['Mackenzie', "Ana's"]</c>.</summary>
    /// <param name="text">Python's or JSON's words for one.</param>
    /// <returns>Its items, numbers as text; null where it is none.</returns>
    public static IReadOnlyList<string>? List(string text)
    {
        var reader = new PythonLiteral(text);
        return reader.Value() is List<object> items && reader.IsAtEnd && items.TrueForAll(item => item is string or Number) ? [.. items.Select(item => item is Number number ? number.Digits : (string)item)] : null;
    }

    /// <summary>Reads a list of dictionaries of texts that begins somewhere in a text.</summary>
    /// <param name="text">For example a Python file.</param>
    /// <param name="start">The place of its bracket.</param>
    /// <returns>The dictionaries; null where there is no such list.</returns>
    public static IReadOnlyList<IReadOnlyDictionary<string, string>>? Dictionaries(string text, int start)
    {
        var reader = new PythonLiteral(text) { _at = start };
        return reader.Value() is List<object> items && items.TrueForAll(item => item is Dictionary<string, string>) ? [.. items.Cast<Dictionary<string, string>>()] : null;
    }

    private bool IsAtEnd
    {
        get
        {
            Pass();
            return _at == text.Length;
        }
    }

    private object? Value()
    {
        Pass();
        return _at >= text.Length ? null : text[_at] switch
        {
            '[' => Items(),
            '{' => Fields(),
            '\'' or '"' => Quoted(),
            _ => Digits(),
        };
    }

    private List<object>? Items()
    {
        var items = new List<object>();
        for (_at++; !Take(']');)
        {
            if (items.Count > 0 && !Take(','))
            {
                return null;
            }

            if (items.Count > 0 && Take(']'))
            {
                break;
            }

            if (Value() is not { } item)
            {
                return null;
            }

            items.Add(item);
        }

        return items;
    }

    private Dictionary<string, string>? Fields()
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        for (_at++; !Take('}');)
        {
            if (fields.Count > 0 && !Take(','))
            {
                return null;
            }

            if (fields.Count > 0 && Take('}'))
            {
                break;
            }

            if (Value() is not string name || !Take(':') || Value() is not string value)
            {
                return null;
            }

            fields[name] = value;
        }

        return fields;
    }

    private Number? Digits()
    {
        var start = _at;
        while (_at < text.Length && (char.IsAsciiDigit(text[_at]) || text[_at] is '-' or '+' or '.' or 'e' or 'E'))
        {
            _at++;
        }

        return double.TryParse(text.AsSpan(start, _at - start), CultureInfo.InvariantCulture, out _) ? new Number(text[start.._at]) : null;
    }

    private string? Quoted()
    {
        var quote = text[_at++];
        var value = new StringBuilder();
        while (_at < text.Length && text[_at] != quote)
        {
            if (text[_at] != '\\')
            {
                value.Append(text[_at++]);
            }
            else if (!Escaped(value))
            {
                return null;
            }
        }

        return _at++ < text.Length ? value.ToString() : null;
    }

    private bool Escaped(StringBuilder value)
    {
        if (++_at >= text.Length)
        {
            return false;
        }

        var escaped = text[_at++];
        var digits = escaped switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits > 0)
        {
            if (_at + digits > text.Length || !int.TryParse(text.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) || code is < 0 or > 0x10FFFF)
            {
                return false;
            }

            value.Append(code is >= 0xD800 and < 0xE000 ? ((char)code).ToString() : char.ConvertFromUtf32(code));
            _at += digits;
            return true;
        }

        _ = escaped switch
        {
            'n' => value.Append('\n'),
            't' => value.Append('\t'),
            'r' => value.Append('\r'),
            '\'' or '"' or '\\' or '/' => value.Append(escaped),
            '\n' => value,
            _ => value.Append('\\').Append(escaped),
        };
        return true;
    }

    private bool Take(char wanted)
    {
        Pass();
        if (_at < text.Length && text[_at] == wanted)
        {
            _at++;
            return true;
        }

        return false;
    }

    private void Pass()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at]))
        {
            _at++;
        }
    }

    private sealed record Number(string Digits);
}
