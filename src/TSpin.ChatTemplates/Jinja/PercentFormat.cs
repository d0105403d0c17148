using System.Globalization;
using System.Numerics;
using System.Text;

namespace TSpin.ChatTemplates.Jinja;

/// <summary><c>'%s and %05.2f' % values</c>, and the filter <c>format</c>.</summary>
internal static class PercentFormat
{
    public static string Apply(string format, object? values)
    {
        var arguments = values as JinjaTuple ?? new JinjaTuple([values]);
        var result = new StringBuilder();
        var next = 0;
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] != '%')
            {
                result.Append(format[at]);
                continue;
            }

            at++;
            object? named = null;
            var isNamed = false;
            if (at < format.Length && format[at] == '(')
            {
                var close = format.IndexOf(')', at);
                if (close < 0)
                {
                    throw new JinjaException(JinjaErrorKind.Value, "incomplete format key");
                }

                var dict = values as JinjaDict ?? throw new JinjaException(JinjaErrorKind.Type, "format requires a mapping");
                isNamed = dict.TryGet(format[(at + 1)..close], out named) ? true : throw new JinjaException(JinjaErrorKind.Value, $"'{format[(at + 1)..close]}'");
                at = close + 1;
            }

            var spec = new StringBuilder();
            while (at < format.Length && "#0- +".Contains(format[at], StringComparison.Ordinal))
            {
                spec.Append(format[at++]);
            }

            var flags = spec.ToString();
            var size = new StringBuilder();
            while (at < format.Length && (char.IsAsciiDigit(format[at]) || format[at] is '.' or '*'))
            {
                size.Append(format[at] == '*' ? (Python.AsIndex(Next()) ?? throw new JinjaException(JinjaErrorKind.Type, "* wants int")).ToString(CultureInfo.InvariantCulture) : format[at].ToString());
                at++;
            }

            while (at < format.Length && format[at] is 'h' or 'l' or 'L')
            {
                at++;
            }

            if (at >= format.Length)
            {
                throw new JinjaException(JinjaErrorKind.Value, "incomplete format");
            }

            if (format[at] == '%')
            {
                result.Append('%');
                continue;
            }

            result.Append(One(format[at], flags, size.ToString(), isNamed ? named : Next()));
        }

        return next < arguments.Count && values is not (JinjaDict or List<object?> or JinjaRange or Undefined) ? throw new JinjaException(JinjaErrorKind.Type, "not all arguments converted during string formatting") : result.ToString();

        object? Next() => next < arguments.Count ? arguments[next++] : throw new JinjaException(JinjaErrorKind.Type, "not enough arguments for format string");
    }

    private static BigInteger Truncated(double number) => double.IsFinite(number) ? new BigInteger(number)
        : throw new JinjaException(JinjaErrorKind.Value, $"cannot convert float {(double.IsNaN(number) ? "NaN" : "infinity")} to integer");

    private static string One(char type, string flags, string size, object? value)
    {
        var isNumber = type is not ('s' or 'r' or 'a' or 'c');
        if (isNumber && !Python.IsNumber(value))
        {
            throw new JinjaException(JinjaErrorKind.Type, $"%{type} format: a number is required, not {Python.TypeName(value)}");
        }

        object? shown = type switch
        {
            's' => Python.Text(value),
            'r' or 'a' => Python.Representation(value),
            'd' or 'i' or 'u' => Integers.Of(Integers.From(value) ?? Truncated((double)value!)),
            'x' or 'X' or 'o' => Integers.From(value) is { } whole ? Integers.Of(whole) : throw new JinjaException(JinjaErrorKind.Type, $"%{type} format: an integer is required, not {Python.TypeName(value)}"),
            'e' or 'E' or 'f' or 'F' or 'g' or 'G' => Python.AsNumber(value)!.Value,
            'c' => value is long code ? char.ConvertFromUtf32((int)Math.Clamp(code, 0, 0xD7FF)) : Python.AsText(value),
            _ => throw new JinjaException(JinjaErrorKind.Value, $"unsupported format character '{type}'"),
        };
        var align = flags.Contains('-', StringComparison.Ordinal) ? "<" : isNumber && flags.Contains('0', StringComparison.Ordinal) ? "0=" : ">";
        var sign = isNumber ? flags.Contains('+', StringComparison.Ordinal) ? "+" : flags.Contains(' ', StringComparison.Ordinal) ? " " : "" : "";
        var letter = type switch { 's' or 'r' or 'a' or 'c' => "s", 'i' or 'u' => "d", _ => type.ToString() };
        if (letter is "d" && size.Contains('.', StringComparison.Ordinal))
        {
            size = size[..size.IndexOf('.', StringComparison.Ordinal)];
        }

        return FormatSpec.Parse(align + sign + (isNumber && flags.Contains('#', StringComparison.Ordinal) ? "#" : "") + size.TrimStart('0') + letter).Apply(shown);
    }
}
