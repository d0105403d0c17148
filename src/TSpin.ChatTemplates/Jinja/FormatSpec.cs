using System.Globalization;
using System.Numerics;
using System.Text;

namespace TSpin.ChatTemplates.Jinja;

/// <summary>Width, alignment and precision of a formatted value, as both of Python's ways to format have them.</summary>
internal sealed record FormatSpec
{
    private const int MostWidth = 10_000;

    public char Fill { get; init; } = ' ';

    public char Align { get; init; }

    public char Sign { get; init; } = '-';

    public bool IsAlternate { get; init; }

    public char Grouping { get; init; }

    public int Width { get; init; }

    public int? Precision { get; init; }

    public char Type { get; init; }

    /// <summary>Reads <c>[[fill]align][sign][#][0][width][grouping][.precision][type]</c>.</summary>
    public static FormatSpec Parse(string text)
    {
        var spec = new FormatSpec();
        var at = 0;
        if (text.Length > 1 && text[1] is '<' or '>' or '^' or '=')
        {
            spec = spec with { Fill = text[0], Align = text[1] };
            at = 2;
        }
        else if (text.Length > 0 && text[0] is '<' or '>' or '^' or '=')
        {
            spec = spec with { Align = text[0] };
            at = 1;
        }

        if (at < text.Length && text[at] is '+' or '-' or ' ')
        {
            spec = spec with { Sign = text[at++] };
        }

        if (at < text.Length && text[at] == '#')
        {
            spec = spec with { IsAlternate = true };
            at++;
        }

        if (at < text.Length && text[at] == '0')
        {
            spec = spec.Align == '\0' ? spec with { Fill = '0', Align = '=' } : spec;
            at++;
        }

        spec = spec with { Width = Digits() ?? 0 };
        if (at < text.Length && text[at] is ',' or '_')
        {
            spec = spec with { Grouping = text[at++] };
        }

        if (at < text.Length && text[at] == '.')
        {
            at++;
            spec = spec with { Precision = Digits() ?? throw new JinjaException(JinjaErrorKind.Value, "Format specifier missing precision") };
        }

        if (at < text.Length)
        {
            spec = spec with { Type = text[at++] };
        }

        return at == text.Length && spec.Width <= MostWidth && (spec.Precision ?? 0) <= MostWidth ? spec
            : throw new JinjaException(JinjaErrorKind.Value, $"Invalid format specifier '{text}'");

        int? Digits()
        {
            var start = at;
            while (at < text.Length && char.IsAsciiDigit(text[at]))
            {
                at++;
            }

            return at == start ? null : at - start <= 6 ? int.Parse(text.AsSpan(start, at - start), CultureInfo.InvariantCulture) : MostWidth + 1;
        }
    }

    /// <summary>The value in this form.</summary>
    public string Apply(object? value)
    {
        if (value is Undefined undefined)
        {
            throw undefined.Fault();
        }

        if (Python.AsText(value) is { } text)
        {
            if (Type is not ('\0' or 's'))
            {
                throw Unknown(value);
            }

            return Padded(Precision is { } most ? string.Concat(CodePoints.Of(text).Take(most)) : text, "", '<');
        }

        if (value is bool && Type == '\0' && Width == 0)
        {
            return Python.Text(value);
        }

        if (Integers.From(value) is { } whole && "\0dxXobcn".Contains(Type, StringComparison.Ordinal))
        {
            return Number(whole.Sign < 0, Whole(whole));
        }

        if (Python.AsNumber(value) is { } number && "\0eEfFgG%n".Contains(Type, StringComparison.Ordinal))
        {
            return Number(double.IsNegative(number), Fraction(Math.Abs(number)));
        }

        return Type is '\0' or 's' ? Padded(Python.Text(value), "", '<') : throw Unknown(value);
    }

    private JinjaException Unknown(object? value) => new(JinjaErrorKind.Value, $"Unknown format code '{Type}' for object of type '{Python.TypeName(value)}'");

    private string Whole(BigInteger value)
    {
        var size = BigInteger.Abs(value);
        return Type switch
        {
            'x' => (IsAlternate ? "0x" : "") + Integers.Digits(size, 16),
            'X' => (IsAlternate ? "0X" : "") + Integers.Digits(size, 16).ToUpperInvariant(),
            'o' => (IsAlternate ? "0o" : "") + Integers.Digits(size, 8),
            'b' => (IsAlternate ? "0b" : "") + Integers.Digits(size, 2),
            'c' => char.ConvertFromUtf32((int)BigInteger.Clamp(value, 0, 0xD7FF)),
            _ => Grouped(Integers.Digits(size, 10)),
        };
    }

    private string Fraction(double size)
    {
        if (!double.IsFinite(size))
        {
            return Python.Number(size);
        }

        return Type switch
        {
            'f' or 'F' => Grouped(Fixed(size, Precision ?? 6)),
            '%' => Fixed(size * 100, Precision ?? 6) + "%",
            'e' or 'E' => Exponent(size, Precision ?? 6, Type),
            '\0' when Precision is null => Grouped(Python.Number(size)),
            _ => General(size),
        };
    }

    private string General(double size)
    {
        var digits = Math.Max(1, Precision ?? 6);
        var rounded = Exponent(size, digits - 1, 'e');
        var magnitude = int.Parse(rounded.AsSpan(rounded.IndexOf('e', StringComparison.Ordinal) + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (magnitude < -4 || magnitude >= digits)
        {
            var (mantissa, exponent) = (rounded[..rounded.IndexOf('e', StringComparison.Ordinal)], rounded[rounded.IndexOf('e', StringComparison.Ordinal)..]);
            return Trimmed(mantissa) + (Type == 'G' ? exponent.ToUpperInvariant() : exponent);
        }

        var plain = Trimmed(Fixed(size, digits - 1 - magnitude));
        return Grouped(Type == '\0' && !plain.Contains('.', StringComparison.Ordinal) ? plain + ".0" : plain);

        string Trimmed(string text) => IsAlternate || !text.Contains('.', StringComparison.Ordinal) ? text : text.TrimEnd('0').TrimEnd('.');
    }

    /// <summary>Decimal places, an exact tie going to the even digit as in Python.</summary>
    public static string Fixed(double size, int places)
    {
        var scaled = size * Math.Pow(10, places);
        if (places is >= 0 and <= 15 && scaled < 1e15 && scaled - Math.Floor(scaled) == 0.5 && (decimal)scaled / (decimal)Math.Pow(10, places) == (decimal)size)
        {
            size = (double)((decimal)Math.Round(scaled, MidpointRounding.ToEven) / (decimal)Math.Pow(10, places));
        }

        return size.ToString("F" + places.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    private static string Exponent(double size, int places, char letter)
    {
        var text = size.ToString((letter == 'E' ? "E" : "e") + places.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        var mark = text.IndexOf(letter, StringComparison.Ordinal);
        var exponent = int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{text[..mark]}{letter}{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }

    private string Grouped(string digits)
    {
        if (Grouping == '\0')
        {
            return digits;
        }

        var whole = digits.Split('.')[0];
        var result = new StringBuilder(digits);
        for (var at = whole.Length - 3; at > 0; at -= 3)
        {
            result.Insert(at, Grouping);
        }

        return result.ToString();
    }

    private string Number(bool isNegative, string digits) => Padded(digits, isNegative ? "-" : Sign is '+' or ' ' ? Sign.ToString() : "", '>');

    private string Padded(string text, string sign, char usual)
    {
        var missing = Math.Max(0, Width - CodePoints.Count(text) - sign.Length);
        return (Align == '\0' ? usual : Align) switch
        {
            '<' => sign + text + new string(Fill, missing),
            '^' => new string(Fill, missing / 2) + sign + text + new string(Fill, missing - (missing / 2)),
            '=' => sign + new string(Fill, missing) + text,
            _ => new string(Fill, missing) + sign + text,
        };
    }
}
