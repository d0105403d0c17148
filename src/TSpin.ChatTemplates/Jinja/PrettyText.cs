using System.Text;

namespace TSpin.ChatTemplates.Jinja;

/// <summary>The filter <c>pprint</c>: a value over several lines where it is wider than 80 characters, as Python's <c>pprint.pformat</c> sets it.</summary>
internal sealed class PrettyText
{
    private const int Width = 80;

    private readonly Interpreter _interpreter;
    private readonly StringBuilder _text = new();

    private PrettyText(Interpreter interpreter) => _interpreter = interpreter;

    public static string Of(Interpreter interpreter, object? value)
    {
        var pretty = new PrettyText(interpreter);
        pretty.Write(value, 0, 0, 0);
        return pretty._text.ToString();
    }

    private void Write(object? value, int indent, int allowance, int level)
    {
        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        var whole = Whole(value);
        if (CodePoints.Count(whole) > Width - indent - allowance)
        {
            switch (value)
            {
                case JinjaDict dict:
                    WriteDict(dict, indent, allowance + 1, level + 1);
                    return;
                case List<object?> list:
                    WriteItems('[', list, "]", indent, allowance, level + 1);
                    return;
                case JinjaTuple tuple:
                    WriteItems('(', tuple, tuple.Count == 1 ? ",)" : ")", indent, allowance, level + 1);
                    return;
                case string { Length: > 0 } text:
                    WriteText(text, whole, indent, allowance, level + 1);
                    return;
            }
        }

        _text.Append(whole);
    }

    // On one line: as it prints anywhere, but dictionaries sorted.
    private string Whole(object? value)
    {
        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        return _interpreter.Charged(value switch
        {
            JinjaDict dict => $"{{{string.Join(", ", Sorted(dict).Select(item => $"{Whole(item.Key)}: {Whole(item.Value)}"))}}}",
            List<object?> list => $"[{string.Join(", ", list.Select(Whole))}]",
            JinjaTuple tuple => $"({string.Join(", ", tuple.Select(Whole))}{(tuple.Count == 1 ? ",)" : ")")}",
            _ => Python.Representation(value),
        });
    }

    private void WriteDict(JinjaDict dict, int indent, int allowance, int level)
    {
        _text.Append('{');
        var left = dict.Count;
        foreach (var (key, value) in Sorted(dict))
        {
            var name = Whole(key);
            _text.Append(name).Append(": ");
            Write(value, indent + 1 + CodePoints.Count(name) + 2, --left == 0 ? allowance : 1, level);
            NextLine(left, indent + 1);
        }

        _text.Append('}');
    }

    private void WriteItems(char open, IReadOnlyList<object?> items, string close, int indent, int allowance, int level)
    {
        _text.Append(open);
        var left = items.Count;
        foreach (var item in items)
        {
            Write(item, indent + 1, --left == 0 ? allowance + close.Length : 1, level);
            NextLine(left, indent + 1);
        }

        _text.Append(close);
    }

    private void NextLine(int left, int indent)
    {
        if (left > 0)
        {
            _interpreter.Charge(indent);
            _text.Append(",\n").Append(' ', indent);
        }
    }

    // A text in several literals, broken after line breaks and white space; in brackets where it stands alone.
    private void WriteText(string text, string whole, int indent, int allowance, int level)
    {
        var isAlone = level == 1;
        var extra = isAlone ? 1 : 0;
        var (at, room) = (indent + extra, Width - indent - extra);
        var lines = StringMethods.Lines(text, keepEnds: true);
        var literals = new List<string>();
        for (var i = 0; i < lines.Count; i++)
        {
            var isLast = i == lines.Count - 1;
            var literal = Python.Representation(lines[i]);
            if (CodePoints.Count(literal) <= room - (isLast ? allowance + extra : 0))
            {
                literals.Add(literal);
                continue;
            }

            var current = "";
            var parts = Parts(lines[i]).ToList();
            for (var j = 0; j < parts.Count; j++)
            {
                _interpreter.Charge(current.Length);
                var isVeryLast = isLast && j == parts.Count - 1;
                if (CodePoints.Count(Python.Representation(current + parts[j])) > room - (isVeryLast ? allowance + extra : 0))
                {
                    if (current.Length > 0)
                    {
                        literals.Add(Python.Representation(current));
                    }

                    current = parts[j];
                }
                else
                {
                    current += parts[j];
                }
            }

            if (current.Length > 0)
            {
                literals.Add(Python.Representation(current));
            }
        }

        if (literals.Count == 1)
        {
            _text.Append(whole);
            return;
        }

        _interpreter.Charge((long)literals.Count * at);
        _text.Append(isAlone ? "(" : "").AppendJoin("\n" + new string(' ', at), literals).Append(isAlone ? ")" : "");
    }

    // Words, each with the white space behind it.
    private static IEnumerable<string> Parts(string line)
    {
        for (var start = 0; start < line.Length;)
        {
            var end = start;
            while (end < line.Length && !StringMethods.IsSpace(line[end]))
            {
                end++;
            }

            while (end < line.Length && StringMethods.IsSpace(line[end]))
            {
                end++;
            }

            yield return line[start..end];
            start = end;
        }
    }

    private static IEnumerable<KeyValuePair<object?, object?>> Sorted(JinjaDict dict) => dict.Items.OrderBy(item => item.Key, Comparer<object?>.Create(Order));

    // Keys that have no order among them stand by the names of their types.
    private static int Order(object? a, object? b)
    {
        try
        {
            return Python.Compare(a, b);
        }
        catch (JinjaException)
        {
            return string.CompareOrdinal(Python.TypeName(a), Python.TypeName(b));
        }
    }
}
