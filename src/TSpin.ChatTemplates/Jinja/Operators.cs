using System.Numerics;
using System.Text;

namespace TSpin.ChatTemplates.Jinja;

/// <summary>Arithmetic, membership and comparison as Python does them.</summary>
internal static class Operators
{
    public static object Sign(string sign, object? value) => value switch
    {
        Undefined undefined => throw undefined.Fault(),
        double number => sign == "-" ? -number : number,
        _ when Integers.From(value) is { } number => Integers.Of(sign == "-" ? -number : number),
        _ => throw new JinjaException(JinjaErrorKind.Type, $"bad operand type for unary {sign}: '{Python.TypeName(value)}'"),
    };

    public static object? Binary(Interpreter interpreter, string sign, object? left, object? right)
    {
        foreach (var side in new[] { left, right })
        {
            // Formatting takes anything that could have items for a mapping, and what is undefined could.
            if (side is Undefined undefined && !(sign == "%" && Python.AsText(left) is not null))
            {
                throw undefined.Fault();
            }
        }

        if (Python.AsIndex(left) is { } a && Python.AsIndex(right) is { } b)
        {
            return Small(sign, a, b) ?? Integers.Compute(sign, a, b);
        }

        if (Integers.From(left) is { } p && Integers.From(right) is { } q)
        {
            return Integers.Compute(sign, p, q);
        }

        if (Python.AsNumber(left) is { } x && Python.AsNumber(right) is { } y)
        {
            return Floats(sign, x, y);
        }

        return (sign, left, right) switch
        {
            ("+", string first, string second) => interpreter.Charged(first + second),
            ("+", Markup or string, Markup or string) => new Markup(interpreter.Charged(Escaped(left) + Escaped(right))),
            ("+", List<object?> first, List<object?> second) => Joined(interpreter, first, second),
            ("+", JinjaTuple first, JinjaTuple second) => new JinjaTuple(Joined(interpreter, first, second)),
            ("*", _, _) when Python.AsIndex(right) is { } times => Repeated(interpreter, left, times, right),
            ("*", _, _) when Python.AsIndex(left) is { } times => Repeated(interpreter, right, times, left),
            ("%", string format, _) => interpreter.Charged(PercentFormat.Apply(format, right)),
            ("%", Markup format, _) => new Markup(interpreter.Charged(PercentFormat.Apply(format.Text, right))),
            ("+", string, _) or ("+", _, string) when interpreter.Dialect == JinjaDialect.JavaScript => interpreter.Charged(interpreter.Text(left) + interpreter.Text(right)),
            ("+", string, _) => throw new JinjaException(JinjaErrorKind.Type, $"can only concatenate str (not \"{Python.TypeName(right)}\") to str"),
            _ => throw new JinjaException(JinjaErrorKind.Type, $"unsupported operand type(s) for {sign}: '{Python.TypeName(left)}' and '{Python.TypeName(right)}'"),
        };
    }

    public static bool Holds(Interpreter interpreter, string sign, object? left, object? right) => sign switch
    {
        "==" => Python.AreEqual(left, right),
        "!=" => !Python.AreEqual(left, right),
        "in" => Contains(interpreter, right, left),
        "not in" => !Contains(interpreter, right, left),
        _ when Python.IsNumber(left) && Python.IsNumber(right) && (left is double.NaN || right is double.NaN) => false,
        "<" => Python.Compare(left, right, sign) < 0,
        "<=" => Python.Compare(left, right, sign) <= 0,
        ">" => Python.Compare(left, right, sign) > 0,
        _ => Python.Compare(left, right, sign) >= 0,
    };

    public static bool Contains(Interpreter interpreter, object? container, object? item)
    {
        if (Python.AsText(container) is { } text)
        {
            return item is Undefined undefined ? throw undefined.Fault()
                : text.Contains(Python.AsText(item) ?? throw new JinjaException(JinjaErrorKind.Type, $"'in <string>' requires string as left operand, not {Python.TypeName(item)}"), StringComparison.Ordinal);
        }

        return container switch
        {
            JinjaDict dict => dict.TryGet(item, out _),
            null or bool or long or double or BigInteger or JinjaCallable or JinjaNamespace => throw new JinjaException(JinjaErrorKind.Type, $"argument of type '{Python.TypeName(container)}' is not iterable"),
            _ => interpreter.Items(container).Any(other => Python.AreEqual(other, item) && (interpreter.Dialect == JinjaDialect.Python || other is bool == item is bool)),
        };
    }

    private static string Escaped(object? value) => value is Markup markup ? markup.Text : Markup.Escape((string)value!).Text;

    private static List<object?> Joined(Interpreter interpreter, IReadOnlyList<object?> a, IReadOnlyList<object?> b)
    {
        interpreter.Charge(a.Count + b.Count);
        return [.. a, .. b];
    }

    private static object Repeated(Interpreter interpreter, object? value, long times, object? factor)
    {
        times = Math.Max(0, times);
        var length = value switch { string text => text.Length, Markup markup => markup.Text.Length, List<object?> list => list.Count, JinjaTuple tuple => tuple.Count, _ => -1 };
        if (length < 0)
        {
            throw new JinjaException(JinjaErrorKind.Type, $"unsupported operand type(s) for *: '{Python.TypeName(value)}' and '{Python.TypeName(factor)}'");
        }

        interpreter.Charge((long)Math.Min((decimal)length * times, long.MaxValue / 4));
        var count = length == 0 ? 0 : (int)times;
        return value switch
        {
            string text => Text(text, count),
            Markup markup => new Markup(Text(markup.Text, count)),
            List<object?> list => Enumerable.Repeat(list, count).SelectMany(items => items).ToList(),
            _ => new JinjaTuple([.. Enumerable.Repeat((JinjaTuple)value!, count).SelectMany(items => items)]),
        };

        static string Text(string text, int count) => new StringBuilder(text.Length * count).Insert(0, text, count).ToString();
    }

    // What most templates compute; null where it takes more than 64 bits, or care.
    private static object? Small(string sign, long a, long b)
    {
        const long half = int.MaxValue;
        var isSmall = a is > -half and < half && b is > -half and < half;
        return (sign, isSmall) switch
        {
            ("+", true) => a + b,
            ("-", true) => a - b,
            ("*", true) => a * b,
            ("/", true) when b != 0 => (double)a / b,
            ("%", true) when b > 0 => ((a % b) + b) % b,
            _ => null,
        };
    }

    private static object Floats(string sign, double x, double y) => sign switch
    {
        "+" => x + y,
        "-" => x - y,
        "*" => x * y,
        "/" => y == 0 ? throw ByZero("float division by zero") : x / y,
        "//" => y == 0 ? throw ByZero("float floor division by zero") : Math.Floor(x / y),
        "%" => y == 0 ? throw ByZero("float modulo") : Modulo(x, y),
        _ when x == 0 && y < 0 => throw ByZero("0.0 cannot be raised to a negative power"),
        _ => Math.Pow(x, y),
    };

    private static double Modulo(double x, double y)
    {
        var rest = x % y;
        return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
    }

    private static JinjaException ByZero(string message) => new(JinjaErrorKind.Value, message);
}
