using System.Globalization;
using System.Numerics;
using System.Text;

namespace TSpin.ChatTemplates.Jinja;

/// <summary>How Python sees values: truth, equality, order, names of types, and how they print.</summary>
internal static class Python
{
    public static string TypeName(object? value) => value switch
    {
        null => "NoneType",
        bool => "bool",
        long or BigInteger => "int",
        double => "float",
        string => "str",
        Markup => "Markup",
        List<object?> => "list",
        JinjaTuple => "tuple",
        JinjaDict => "dict",
        JinjaRange => "range",
        JinjaSequence => "generator",
        JinjaNamespace => "Namespace",
        LoopState => "LoopContext",
        JinjaView view => view.Kind,
        JinjaObject made => made.TypeName,
        Undefined => "Undefined",
        JinjaCallable { Members.Count: > 0 } => "Macro",
        _ => "function",
    };

    public static string? AsText(object? value) => value switch { string text => text, Markup markup => markup.Text, _ => null };

    /// <summary>What may stand where Python wants an index: an integer, or a truth value.</summary>
    public static long? AsIndex(object? value) => value switch { long number => number, bool flag => flag ? 1 : 0, _ => null };

    /// <summary>A number of any kind as a float.</summary>
    /// <exception cref="JinjaException">It is a whole number beyond the floats.</exception>
    public static double? AsNumber(object? value) => value switch { double number => number, BigInteger number => Integers.ToFloat(number), _ => AsIndex(value) };

    public static bool IsNumber(object? value) => value is long or double or bool or BigInteger;

    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined => false,
        bool flag => flag,
        long number => number != 0,
        double number => number != 0,
        BigInteger => true,
        string text => text.Length > 0,
        Markup markup => markup.Text.Length > 0,
        List<object?> list => list.Count > 0,
        JinjaTuple tuple => tuple.Count > 0,
        JinjaDict dict => dict.Count > 0,
        JinjaRange range => range.Count > 0,
        JinjaView view => view.Items.Count > 0,
        _ => true,
    };

    public static bool AreEqual(object? a, object? b)
    {
        if (IsNumber(a) && IsNumber(b))
        {
            return a is not double.NaN && b is not double.NaN && Integers.Compare(a!, b!) == 0;
        }

        return (a, b) switch
        {
            (null, null) => true,
            (List<object?> p, List<object?> q) => AreEqual(p, q),
            (JinjaTuple p, JinjaTuple q) => AreEqual(p, q),
            (JinjaRange p, JinjaRange q) => AreEqual(p, q),
            (JinjaDict p, JinjaDict q) => p.Count == q.Count && p.Items.All(item => q.TryGet(item.Key, out var other) && AreEqual(item.Value, other)),
            (Undefined, Undefined) => true,
            _ when AsText(a) is { } s && AsText(b) is { } t => s == t,
            _ => ReferenceEquals(a, b),
        };
    }

    private static bool AreEqual(IReadOnlyList<object?> a, IReadOnlyList<object?> b)
    {
        if (a.Count != b.Count)
        {
            return false;
        }

        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        for (var i = 0; i < a.Count; i++)
        {
            if (!AreEqual(a[i], b[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Order, as <c>&lt;</c> sees it.</summary>
    /// <param name="a">Left.</param>
    /// <param name="b">Right.</param>
    /// <param name="sign">The operator, for the message.</param>
    public static int Compare(object? a, object? b, string sign = "<")
    {
        foreach (var side in new[] { a, b })
        {
            if (side is Undefined undefined)
            {
                throw undefined.Fault();
            }
        }

        if (IsNumber(a) && IsNumber(b))
        {
            return a is double.NaN || b is double.NaN ? AsNumber(a)!.Value.CompareTo(AsNumber(b)!.Value) : Integers.Compare(a!, b!);
        }

        if (AsText(a) is { } s && AsText(b) is { } t)
        {
            return CodePoints.Compare(s, t);
        }

        var (p, q) = (a as IReadOnlyList<object?>, b as IReadOnlyList<object?>);
        if (p is null || q is null || p.GetType() != q.GetType() || p is JinjaRange)
        {
            throw new JinjaException(JinjaErrorKind.Type, $"'{sign}' not supported between instances of '{TypeName(a)}' and '{TypeName(b)}'");
        }

        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        for (var i = 0; i < Math.Min(p.Count, q.Count); i++)
        {
            if (!AreEqual(p[i], q[i]))
            {
                return Compare(p[i], q[i], sign);
            }
        }

        return p.Count.CompareTo(q.Count);
    }

    /// <summary>What <c>str()</c> gives: what a template prints.</summary>
    public static string Text(object? value) => AsText(value) ?? (value is Undefined ? "" : Representation(value));

    /// <summary>What <c>repr()</c> gives: what stands inside a printed list.</summary>
    public static string Representation(object? value)
    {
        var text = new StringBuilder();
        Represent(value, text);
        return text.ToString();
    }

    private static void Represent(object? value, StringBuilder text)
    {
        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (value)
        {
            case null:
                text.Append("None");
                break;
            case bool flag:
                text.Append(flag ? "True" : "False");
                break;
            case long number:
                text.Append(number.ToString(CultureInfo.InvariantCulture));
                break;
            case BigInteger number:
                text.Append(Integers.Text(number));
                break;
            case double number:
                text.Append(Number(number));
                break;
            case string quoted:
                Quote(quoted, text);
                break;
            case Markup markup:
                text.Append("Markup(");
                Quote(markup.Text, text);
                text.Append(')');
                break;
            case List<object?> list:
                Join(list, text.Append('['));
                text.Append(']');
                break;
            case JinjaTuple tuple:
                Join(tuple, text.Append('('));
                text.Append(tuple.Count == 1 ? ",)" : ")");
                break;
            case JinjaDict dict:
                text.Append('{');
                var first = true;
                foreach (var (key, item) in dict.Items)
                {
                    Represent(key, first ? text : text.Append(", "));
                    Represent(item, text.Append(": "));
                    first = false;
                }

                text.Append('}');
                break;
            case JinjaRange range:
                text.Append(range);
                break;
            case Undefined:
                text.Append("Undefined");
                break;
            case JinjaSequence sequence:
                text.Append(CultureInfo.InvariantCulture, $"<generator object {sequence.Name}>");
                break;
            case JinjaNamespace space:
                text.Append("<Namespace {");
                text.AppendJoin(", ", space.Members.Select(member => $"'{member.Key}': {Representation(member.Value)}")).Append("}>");
                break;
            case JinjaCallable callable:
                text.Append(CultureInfo.InvariantCulture, $"<{TypeName(callable)} '{callable.Name}'>");
                break;
            case JinjaView view:
                Join(view.Items, text.Append(view.Kind).Append("(["));
                text.Append("])");
                break;
            case JinjaObject made:
                text.Append(CultureInfo.InvariantCulture, $"<{made.TypeName}>");
                break;
            case LoopState loop:
                text.Append(CultureInfo.InvariantCulture, $"<LoopContext {loop.Index}/{loop.Length}>");
                break;
            default:
                throw new JinjaException(JinjaErrorKind.Type, $"a value of .NET type {value.GetType().Name} has no place in a template");
        }
    }

    private static void Join(IEnumerable<object?> items, StringBuilder text)
    {
        var first = true;
        foreach (var item in items)
        {
            Represent(item, first ? text : text.Append(", "));
            first = false;
        }
    }

    /// <summary>A float as Python prints it: the shortest digits that read back, with a point or an exponent.</summary>
    public static string Number(double number)
    {
        if (double.IsNaN(number))
        {
            return "nan";
        }

        if (double.IsInfinity(number))
        {
            return number > 0 ? "inf" : "-inf";
        }

        // "E16" would round; "R" finds the shortest digits, which are then set as Python sets them.
        var scientific = number.ToString("E16", CultureInfo.InvariantCulture);
        var shortest = number.ToString("R", CultureInfo.InvariantCulture);
        var magnitude = number == 0 ? 0 : int.Parse(scientific.AsSpan(scientific.IndexOf('E', StringComparison.Ordinal) + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (magnitude is >= -4 and < 16)
        {
            var plain = shortest.Contains('E', StringComparison.Ordinal) ? ((decimal)number).ToString(CultureInfo.InvariantCulture) : shortest;
            return plain.Contains('.', StringComparison.Ordinal) ? plain : plain + ".0";
        }

        var digits = shortest.TrimStart('-');
        var mark = digits.IndexOf('E', StringComparison.Ordinal);
        var mantissa = (mark < 0 ? digits : digits[..mark]).Replace(".", "", StringComparison.Ordinal).TrimStart('0').TrimEnd('0');
        var sign = number < 0 ? "-" : "";
        var fraction = mantissa.Length > 1 ? "." + mantissa[1..] : "";
        return string.Create(CultureInfo.InvariantCulture, $"{sign}{mantissa[0]}{fraction}e{(magnitude < 0 ? '-' : '+')}{Math.Abs(magnitude):00}");
    }

    // Single quotes, unless the text has single quotes and no double ones.
    private static void Quote(string text, StringBuilder quoted)
    {
        var quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        quoted.Append(quote);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                var rune = new Rune(c, text[++i]);
                quoted.Append(IsPrintable(Rune.GetUnicodeCategory(rune)) ? rune.ToString() : $"\\U{rune.Value:x8}");
                continue;
            }

            _ = c switch
            {
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                '\\' => quoted.Append("\\\\"),
                _ when c == quote => quoted.Append('\\').Append(c),
                ' ' => quoted.Append(' '),
                _ when IsPrintable(char.GetUnicodeCategory(c)) => quoted.Append(c),
                _ when c < 0x100 => quoted.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                _ => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
            };
        }

        quoted.Append(quote);
    }

    private static bool IsPrintable(UnicodeCategory category) => category is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}
