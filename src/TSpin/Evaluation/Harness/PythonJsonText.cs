using System.Globalization;
using System.Text;
using System.Text.Json;

namespace TSpin.Evaluation.Harness;

/// <summary>JSON as Python's <c>json.dumps(…, ensure_ascii=False)</c> writes it, so that the harness' hashes come out.</summary>
internal static class PythonJsonText
{
    /// <summary>On one line, or indented by two.</summary>
    public static string Of(JsonElement value, bool indented = false)
    {
        var text = new StringBuilder();
        Write(text, value, indented ? 0 : -1);
        return text.ToString();
    }

    /// <summary>A number that stays one with a fraction, as Python's floats do: <c>1.0</c>.</summary>
    public static JsonElement Float(double value) => JsonElement.Parse(Number(value));

    /// <summary>As <c>str(number)</c>.</summary>
    public static string Number(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }

        // The shortest digits are the same; Python changes to an exponent later, and writes it otherwise.
        var size = Math.Abs(value);
        if (size != 0 && size is < 1e-4 or >= 1e16)
        {
            var parts = value.ToString("E16", CultureInfo.InvariantCulture);
            var shortest = value.ToString("R", CultureInfo.InvariantCulture);
            var mantissa = shortest.Contains('E', StringComparison.Ordinal) ? shortest.Split('E')[0] : null;
            mantissa ??= Digits(shortest);
            var exponent = int.Parse(parts.Split('E')[1], CultureInfo.InvariantCulture);
            return string.Create(CultureInfo.InvariantCulture, $"{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
        }

        var plain = value.ToString("R", CultureInfo.InvariantCulture);
        plain = plain.Contains('E', StringComparison.Ordinal) ? value.ToString("F20", CultureInfo.InvariantCulture).TrimEnd('0') : plain;
        return plain.Contains('.', StringComparison.Ordinal) ? plain : plain + ".0";
    }

    private static string Digits(string plain)
    {
        var sign = plain.StartsWith('-') ? "-" : "";
        var digits = plain.Replace("-", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal).TrimStart('0').TrimEnd('0');
        return digits.Length > 1 ? $"{sign}{digits[0]}.{digits[1..]}" : sign + digits;
    }

    private static void Write(StringBuilder text, JsonElement value, int depth)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                Many(text, value.EnumerateObject().ToArray(), '{', '}', depth, field =>
                {
                    Quote(text, field.Name);
                    text.Append(": ");
                    Write(text, field.Value, depth < 0 ? depth : depth + 1);
                });
                break;
            case JsonValueKind.Array:
                Many(text, value.EnumerateArray().ToArray(), '[', ']', depth, item => Write(text, item, depth < 0 ? depth : depth + 1));
                break;
            case JsonValueKind.String:
                Quote(text, value.GetString()!);
                break;
            case JsonValueKind.Number:
                var raw = value.GetRawText();
                text.Append(raw.AsSpan().ContainsAny('.', 'e', 'E') ? Number(value.GetDouble()) : raw);
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }

    private static void Many<T>(StringBuilder text, T[] items, char open, char close, int depth, Action<T> write)
    {
        text.Append(open);
        for (var i = 0; i < items.Length; i++)
        {
            text.Append(i == 0 ? "" : depth < 0 ? ", " : ",");
            Line(depth + 1);
            write(items[i]);
        }

        if (items.Length > 0)
        {
            Line(depth);
        }

        text.Append(close);

        void Line(int to)
        {
            if (depth >= 0)
            {
                text.Append('\n').Append(' ', 2 * to);
            }
        }
    }

    private static void Quote(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }
}
