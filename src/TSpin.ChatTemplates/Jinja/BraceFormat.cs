using System.Globalization;
using System.Text;

namespace TSpin.ChatTemplates.Jinja;

/// <summary><c>'{} {name!r:>8}'.format(...)</c>; members and items inside the braces obey the sandbox.</summary>
internal static class BraceFormat
{
    public static string Apply(Interpreter interpreter, string format, CallArguments arguments)
    {
        var next = 0;
        return Expand(format, 0);

        string Expand(string text, int depth)
        {
            if (depth > 1)
            {
                throw new JinjaException(JinjaErrorKind.Value, "Max string recursion exceeded");
            }

            var result = new StringBuilder();
            for (var at = 0; at < text.Length; at++)
            {
                if (text[at] is '{' or '}' && at + 1 < text.Length && text[at + 1] == text[at])
                {
                    result.Append(text[at++]);
                }
                else if (text[at] == '{')
                {
                    var close = Close(text, at);
                    result.Append(Field(text[(at + 1)..close], depth));
                    at = close;
                }
                else if (text[at] == '}')
                {
                    throw new JinjaException(JinjaErrorKind.Value, "Single '}' encountered in format string");
                }
                else
                {
                    result.Append(text[at]);
                }
            }

            return result.ToString();
        }

        string Field(string field, int depth)
        {
            var colon = field.IndexOf(':', StringComparison.Ordinal);
            var spec = colon < 0 ? "" : Expand(field[(colon + 1)..], depth + 1);
            var name = colon < 0 ? field : field[..colon];
            var conversion = name.Length > 1 && name[^2] == '!' ? name[^1] : '\0';
            name = conversion == '\0' ? name : name[..^2];
            var value = Value(name);
            value = conversion switch { 'r' or 'a' => Python.Representation(value), 's' => Python.Text(value), _ => value };
            return spec.Length == 0 ? Python.Text(value) : FormatSpec.Parse(spec).Apply(value);
        }

        object? Value(string name)
        {
            var end = name.AsSpan().IndexOfAny('.', '[');
            var first = end < 0 ? name : name[..end];
            object? value;
            if (first.Length == 0)
            {
                value = Positional(next++);
            }
            else if (int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            {
                value = Positional(index);
            }
            else if (!arguments.Named.TryGetValue(first, out value))
            {
                throw new JinjaException(JinjaErrorKind.Value, $"'{first}'");
            }

            for (var at = end; at >= 0 && at < name.Length;)
            {
                if (name[at] == '.')
                {
                    var stop = name.AsSpan(at + 1).IndexOfAny('.', '[');
                    var member = stop < 0 ? name[(at + 1)..] : name.Substring(at + 1, stop);
                    value = Access.Member(interpreter, value, member);
                    at += 1 + member.Length;
                }
                else
                {
                    var stop = name.IndexOf(']', at);
                    if (stop < 0)
                    {
                        throw new JinjaException(JinjaErrorKind.Value, "Missing ']' in format string");
                    }

                    var key = name[(at + 1)..stop];
                    value = Access.Item(interpreter, value, long.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : key);
                    at = stop + 1;
                }
            }

            return value;
        }

        object? Positional(int index) => index < arguments.Positional.Count ? arguments.Positional[index]
            : throw new JinjaException(JinjaErrorKind.Value, $"Replacement index {index} out of range for positional args tuple");
    }

    private static int Close(string text, int open)
    {
        var depth = 0;
        for (var at = open; at < text.Length; at++)
        {
            depth += text[at] switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth == 0)
            {
                return at;
            }
        }

        throw new JinjaException(JinjaErrorKind.Value, "Single '{' encountered in format string");
    }
}
