using System.Globalization;
using System.Numerics;

namespace TSpin.ChatTemplates.Jinja;

/// <summary>Filters on single values.</summary>
internal static class ValueFilters
{
    public static void AddTo(Dictionary<string, Func<Interpreter, object?, CallArguments, object?>> filters)
    {
        filters["default"] = filters["d"] = (_, value, arguments) =>
        {
            var bound = arguments.Bind("default", 0, "default_value", "boolean");
            return value is Undefined || (bound.Truth("boolean") && !Python.IsTrue(value)) ? bound.Get("default_value", "") : value;
        };
        filters["attr"] = (interpreter, value, arguments) =>
        {
            var name = arguments.Bind("attr", 1, "name").Text("name", "");
            return value is Undefined undefined ? throw undefined.Fault()
                : Access.TryAttribute(interpreter, value, name, out var found) ? found
                : new Undefined($"'{Python.TypeName(value)} object' has no attribute '{name}'");
        };
        filters["abs"] = (_, value, _) => value switch
        {
            Undefined undefined => throw undefined.Fault(),
            double number => (object)Math.Abs(number),
            _ when Integers.From(value) is { } whole => Integers.Of(BigInteger.Abs(whole)),
            _ => throw new JinjaException(JinjaErrorKind.Type, $"bad operand type for abs(): '{Python.TypeName(value)}'"),
        };
        filters["int"] = (_, value, arguments) => Integer(value, arguments.Bind("int", 0, "default", "base"));
        filters["float"] = (_, value, arguments) => Float(value, arguments.Bind("float", 0, "default").Get("default", 0.0));
        filters["round"] = (_, value, arguments) => Round(value, arguments.Bind("round", 0, "precision", "method"));
    }

    public static object? Float(object? value, object? otherwise) => value switch
    {
        Undefined undefined => throw undefined.Fault(),
        double number => number,
        _ when Integers.From(value) is { } whole => Integers.ToFloat(whole),
        _ when Python.AsText(value) is { } text && TryFloat(text, out var parsed) => parsed,
        _ => otherwise,
    };

    private static bool TryFloat(string text, out double number)
    {
        var trimmed = StringMethods.Strip(text, null);
        switch (trimmed.TrimStart('+', '-').ToLowerInvariant())
        {
            case "inf" or "infinity":
                number = trimmed[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
                return true;
            case "nan":
                number = double.NaN;
                return true;
            default:
                const NumberStyles form = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
                number = 0;
                return trimmed.Any(char.IsAsciiDigit) && double.TryParse(trimmed.Replace("_", "", StringComparison.Ordinal), form, CultureInfo.InvariantCulture, out number);
        }
    }

    private static object? Integer(object? value, BoundArguments bound)
    {
        var otherwise = bound.Get("default", 0L);
        if (value is double number)
        {
            return double.IsFinite(number) ? Integers.Of(new BigInteger(number)) : otherwise;
        }

        if (Integers.From(value) is { } whole)
        {
            return Integers.Of(whole);
        }

        if (value is Undefined undefined)
        {
            throw undefined.Fault();
        }

        if (Python.AsText(value) is not { } text)
        {
            return otherwise;
        }

        var trimmed = StringMethods.Strip(text, null).Replace("_", "", StringComparison.Ordinal);
        var radix = bound.Integer("base", 10);
        if (Parsed(trimmed, radix) is { } parsed)
        {
            return Integers.Of(parsed);
        }

        return TryFloat(trimmed, out var real) && double.IsFinite(real) ? Integers.Of(new BigInteger(real)) : otherwise;
    }

    private static BigInteger? Parsed(string text, int radix)
    {
        var sign = text is ['+' or '-', ..] ? text[..1] : "";
        var digits = text.AsSpan(sign.Length);
        var prefix = radix switch { 16 => "0x", 8 => "0o", 2 => "0b", _ => null };
        digits = prefix is not null && digits.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? digits[2..] : digits;
        return radix is < 2 or > 36 || Integers.Parse(digits, radix) is not { } number ? null : sign == "-" ? -number : number;
    }

    private static object Round(object? value, BoundArguments bound)
    {
        if (value is Undefined undefined)
        {
            throw undefined.Fault();
        }

        var precision = bound.Integer("precision", 0);
        var method = bound.Text("method", "common");
        var number = Python.AsNumber(value) ?? throw new JinjaException(JinjaErrorKind.Type, $"type {Python.TypeName(value)} doesn't define __round__ method");
        switch (method)
        {
            case "common" when value is not double && precision >= 0:
                return Integers.Of(Integers.From(value)!.Value);
            case "common" when precision is >= 0 and <= 15:
                return double.IsFinite(number) ? Math.CopySign(double.Parse(FormatSpec.Fixed(Math.Abs(number), precision), CultureInfo.InvariantCulture), number) : number;
            case "common":
                var tens = Math.Pow(10, -precision);
                return value is double ? Math.Round(number / tens, MidpointRounding.ToEven) * tens : Integers.Round(Integers.From(value)!.Value, -precision);
            case "ceil" or "floor":
                var scale = Math.Pow(10, precision);
                return (method == "ceil" ? Math.Ceiling(number * scale) : Math.Floor(number * scale)) / scale;
            default:
                throw new JinjaException(JinjaErrorKind.Value, "method must be common, ceil or floor");
        }
    }
}
