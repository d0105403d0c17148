using System.Globalization;

namespace TSpin.ChatTemplates.Jinja;

/// <summary>Filters that go through a sequence. Those that are generators in Python are computed as they are gone through, and have no length.</summary>
internal static class SequenceFilters
{
    public static void AddTo(Dictionary<string, Func<Interpreter, object?, CallArguments, object?>> filters)
    {
        filters["length"] = filters["count"] = (_, value, arguments) => Length(value, arguments);
        filters["list"] = (interpreter, value, _) => ListOf(interpreter, value);
        filters["first"] = (interpreter, value, _) => First(interpreter.Items(value), "No first item, sequence was empty.");
        filters["last"] = (interpreter, value, _) => value is JinjaSequence ? throw NotReversible(value) : First(interpreter.Items(value).Reverse(), "No last item, sequence was empty.");
        filters["reverse"] = Reverse;
        filters["join"] = Join;
        filters["map"] = (interpreter, value, arguments) => interpreter.Generated(Map(interpreter, value, arguments), "sync_do_map");
        filters["select"] = (interpreter, value, arguments) => interpreter.Generated(Select(interpreter, value, arguments, byAttribute: false, wanted: true), "select_or_reject");
        filters["reject"] = (interpreter, value, arguments) => interpreter.Generated(Select(interpreter, value, arguments, byAttribute: false, wanted: false), "select_or_reject");
        filters["selectattr"] = (interpreter, value, arguments) => interpreter.Generated(Select(interpreter, value, arguments, byAttribute: true, wanted: true), "select_or_reject");
        filters["rejectattr"] = (interpreter, value, arguments) => interpreter.Generated(Select(interpreter, value, arguments, byAttribute: true, wanted: false), "select_or_reject");
        filters["sort"] = (interpreter, value, arguments) =>
        {
            var bound = arguments.Bind("sort", 0, "reverse", "case_sensitive", "attribute");
            var key = Keys(interpreter, bound.Get("attribute"), bound.Truth("case_sensitive"));
            return Sorted(ListOf(interpreter, value), key, bound.Truth("reverse"));
        };
        filters["unique"] = (interpreter, value, arguments) => interpreter.Generated(Unique(interpreter, value, arguments), "do_unique");
        filters["min"] = (interpreter, value, arguments) => Extreme(interpreter, value, arguments.Bind("min", 0, "case_sensitive", "attribute"), -1);
        filters["max"] = (interpreter, value, arguments) => Extreme(interpreter, value, arguments.Bind("max", 0, "case_sensitive", "attribute"), 1);
        filters["sum"] = Sum;
        filters["groupby"] = GroupBy;
        filters["dictsort"] = DictSort;
        filters["items"] = (interpreter, value, _) => interpreter.Generated(value switch
        {
            Undefined => [],
            JinjaDict dict => dict.Items.Select(item => new JinjaTuple([item.Key, item.Value])),
            _ => throw new JinjaException(JinjaErrorKind.Type, "Can only get item pairs from a mapping."),
        }, "do_items");
        filters["batch"] = (interpreter, value, arguments) => interpreter.Generated(Batch(interpreter, value, arguments), "do_batch");
        filters["slice"] = (interpreter, value, arguments) => interpreter.Generated(Slice(interpreter, value, arguments), "do_slice");
    }

    public static List<object?> ListOf(Interpreter interpreter, object? value)
    {
        var list = new List<object?>();
        foreach (var item in interpreter.Items(value))
        {
            interpreter.Charge(1);
            list.Add(item);
        }

        return list;
    }

    private static object Length(object? value, CallArguments arguments)
    {
        arguments.Bind("length", 0);
        return value switch
        {
            Undefined => 0L,
            JinjaDict dict => (long)dict.Count,
            JinjaView view => (long)view.Items.Count,
            IReadOnlyList<object?> list => (long)list.Count,
            LoopState loop => (long)loop.Length,
            _ when Python.AsText(value) is { } text => (long)CodePoints.Count(text),
            _ => throw new JinjaException(JinjaErrorKind.Type, $"object of type '{Python.TypeName(value)}' has no len()"),
        };
    }

    private static object? First(IEnumerable<object?> items, string message)
    {
        foreach (var item in items)
        {
            return item;
        }

        return new Undefined(message);
    }

    private static JinjaException NotReversible(object? value) => new(JinjaErrorKind.Type, $"'{Python.TypeName(value)}' object is not reversible");

    private static object? Reverse(Interpreter interpreter, object? value, CallArguments arguments) => value switch
    {
        string text => string.Concat(CodePoints.Of(text).Reverse()),
        Markup markup => new Markup(string.Concat(CodePoints.Of(markup.Text).Reverse())),
        _ => interpreter.Generated(ListOf(interpreter, value).AsEnumerable().Reverse(), "list_reverseiterator"),
    };

    private static object Join(Interpreter interpreter, object? value, CallArguments arguments)
    {
        var bound = arguments.Bind("join", 0, "d", "attribute");
        var separator = interpreter.Text(bound.Get("d", ""));
        var items = interpreter.Items(value);
        if (bound.Get("attribute") is { } attribute)
        {
            items = items.Select(item => Attribute(interpreter, item, attribute));
        }

        var parts = new List<string>();
        foreach (var item in items)
        {
            parts.Add(interpreter.Text(item));
            interpreter.Charge(parts[^1].Length + separator.Length);
        }

        return string.Join(separator, parts);
    }

    private static IEnumerable<object?> Map(Interpreter interpreter, object? value, CallArguments arguments)
    {
        if (!Python.IsTrue(value))
        {
            yield break; // even what cannot be gone through, as long as it is false
        }

        if (arguments.Positional.Count == 0 && arguments.Named.TryGetValue("attribute", out var attribute))
        {
            var hasDefault = arguments.Named.TryGetValue("default", out var otherwise);
            foreach (var item in interpreter.Items(value))
            {
                yield return hasDefault && otherwise is not null ? Attribute(interpreter, item, attribute, otherwise) : Attribute(interpreter, item, attribute);
            }

            yield break;
        }

        if (arguments.Positional.Count == 0)
        {
            throw new JinjaException(JinjaErrorKind.Value, "map requires a filter argument");
        }

        var name = Python.Text(arguments.Positional[0]);
        var rest = arguments with { Positional = [.. arguments.Positional.Skip(1)] };
        foreach (var item in interpreter.Items(value))
        {
            yield return interpreter.Filter(name, item, rest);
        }
    }

    private static IEnumerable<object?> Select(Interpreter interpreter, object? value, CallArguments arguments, bool byAttribute, bool wanted)
    {
        if (byAttribute && arguments.Positional.Count == 0)
        {
            throw new JinjaException(JinjaErrorKind.Value, "Missing parameter for attribute name");
        }

        var skipped = byAttribute ? 1 : 0;
        var name = arguments.Positional.Count > skipped ? Python.Text(arguments.Positional[skipped]) : null;
        var rest = arguments with { Positional = [.. arguments.Positional.Skip(skipped + 1)] };
        if (Python.IsTrue(value))
        {
            foreach (var item in interpreter.Items(value))
            {
                var looked = byAttribute ? Attribute(interpreter, item, arguments.Positional[0]) : item;
                if ((name is null ? Python.IsTrue(looked) : interpreter.Test(name, looked, rest)) == wanted)
                {
                    yield return item;
                }
            }
        }
    }

    // "a.b.0" goes through members; an integer is an index.
    // A default stands in for every member on the way that is not there.
    private static object? Attribute(Interpreter interpreter, object? item, object? attribute, object? otherwise = null)
    {
        if (Python.AsText(attribute) is not { } path)
        {
            return Access.Item(interpreter, item, attribute) is var found && found is Undefined && otherwise is not null ? otherwise : found;
        }

        foreach (var part in path.Split('.'))
        {
            var next = Access.Item(interpreter, item, part.Length > 0 && part.All(char.IsAsciiDigit) && part.Length < 10 ? long.Parse(part, CultureInfo.InvariantCulture) : part);
            item = next is Undefined && otherwise is not null ? otherwise : next;
        }

        return item;
    }

    private static Func<object?, object?> Key(Interpreter interpreter, object? attribute, bool caseSensitive) => item =>
    {
        var key = attribute is null ? item : Attribute(interpreter, item, attribute);
        return caseSensitive || Python.AsText(key) is not { } text ? key : Casing.Lower(text);
    };

    // Several attributes with commas between sort by the first, then the next. As in Jinja2 a key is a list even of one: lists ask first what is equal, so
    // that items which all lack the attribute can be sorted.
    private static Func<object?, object?> Keys(Interpreter interpreter, object? attribute, bool caseSensitive)
    {
        var keys = Python.AsText(attribute) is { } text ? text.Split(',').Select(part => Key(interpreter, part, caseSensitive)).ToArray() : [Key(interpreter, attribute, caseSensitive)];
        return item => new JinjaTuple([.. keys.Select(key => key(item))]);
    }

    private static List<object?> Sorted(List<object?> items, Func<object?, object?> key, bool reverse)
    {
        if (items.Count < 2)
        {
            return items; // nothing is compared, not even with itself
        }

        var comparer = Comparer<object?>.Create((a, b) => Python.Compare(a, b));
        try
        {
            return reverse ? [.. items.OrderByDescending(key, comparer)] : [.. items.OrderBy(key, comparer)];
        }
        catch (InvalidOperationException error) when (error.InnerException is JinjaException inner)
        {
            throw inner;
        }
    }

    private static IEnumerable<object?> Unique(Interpreter interpreter, object? value, CallArguments arguments)
    {
        var bound = arguments.Bind("unique", 0, "case_sensitive", "attribute");
        var key = Key(interpreter, bound.Get("attribute"), bound.Truth("case_sensitive"));
        var seen = new JinjaDict();
        foreach (var item in interpreter.Items(value))
        {
            var name = key(item);
            if (!seen.TryGet(name, out _))
            {
                seen[name] = true;
                yield return item;
            }
        }
    }

    private static object? Extreme(Interpreter interpreter, object? value, BoundArguments bound, int sign)
    {
        var key = Key(interpreter, bound.Get("attribute"), bound.Truth("case_sensitive"));
        var items = ListOf(interpreter, value);
        if (items.Count == 0)
        {
            return new Undefined("No aggregated item, sequence was empty.");
        }

        var best = items[0];
        foreach (var item in items.Skip(1))
        {
            if (sign * Python.Compare(key(item), key(best)) > 0)
            {
                best = item;
            }
        }

        return best;
    }

    private static object? Sum(Interpreter interpreter, object? value, CallArguments arguments)
    {
        var bound = arguments.Bind("sum", 0, "attribute", "start");
        var sum = bound.Get("start", 0L);
        foreach (var item in interpreter.Items(value))
        {
            sum = Operators.Binary(interpreter, "+", sum, bound.Get("attribute") is { } attribute ? Attribute(interpreter, item, attribute) : item);
        }

        return sum;
    }

    private static object GroupBy(Interpreter interpreter, object? value, CallArguments arguments)
    {
        var bound = arguments.Bind("groupby", 1, "attribute", "default", "case_sensitive");
        object? Attr(object? item) => Attribute(interpreter, item, bound.Get("attribute")) is var found and not Undefined ? found : bound.Has("default") ? bound.Get("default") : new Undefined("no such attribute");
        object? KeyOf(object? item) => !bound.Truth("case_sensitive") && Python.AsText(Attr(item)) is { } text ? Casing.Lower(text) : Attr(item);
        var groups = new List<object?>();
        List<object?>? current = null;
        object? last = null;
        foreach (var item in Sorted(ListOf(interpreter, value), KeyOf, reverse: false))
        {
            var key = KeyOf(item);
            if (current is null || !Python.AreEqual(key, last))
            {
                current = [];
                groups.Add(new JinjaTuple([Attr(item), current], ["grouper", "list"]));
                last = key;
            }

            current.Add(item);
        }

        return groups;
    }

    private static object DictSort(Interpreter interpreter, object? value, CallArguments arguments)
    {
        var bound = arguments.Bind("dictsort", 0, "case_sensitive", "by", "reverse");
        var position = bound.Text("by", "key") switch
        {
            "key" => 0,
            "value" => 1,
            _ => throw new JinjaException(JinjaErrorKind.Value, "You can only sort by either \"key\" or \"value\""),
        };
        if (value is Undefined undefined)
        {
            throw undefined.Fault();
        }

        var dict = value as JinjaDict ?? throw new JinjaException(JinjaErrorKind.Undefined, $"'{Python.TypeName(value)} object' has no attribute 'items'");
        var isSensitive = bound.Truth("case_sensitive");
        return Sorted(
            [.. dict.Items.Select(item => new JinjaTuple([item.Key, item.Value]))],
            item => ((JinjaTuple)item!)[position] is var key && !isSensitive && Python.AsText(key) is { } text ? Casing.Lower(text) : key,
            bound.Truth("reverse"));
    }

    private static IEnumerable<object?> Batch(Interpreter interpreter, object? value, CallArguments arguments)
    {
        var bound = arguments.Bind("batch", 1, "linecount", "fill_with");
        var size = bound.Integer("linecount", 1);
        var batch = new List<object?>();
        foreach (var item in interpreter.Items(value))
        {
            if (batch.Count == size)
            {
                yield return batch;
                batch = [];
            }

            batch.Add(item);
        }

        if (batch.Count > 0)
        {
            while (bound.Get("fill_with") is not null && batch.Count < size)
            {
                interpreter.Charge(1);
                batch.Add(bound.Get("fill_with"));
            }

            yield return batch;
        }
    }

    private static IEnumerable<object?> Slice(Interpreter interpreter, object? value, CallArguments arguments)
    {
        var bound = arguments.Bind("slice", 1, "slices", "fill_with");
        var items = ListOf(interpreter, value);
        var slices = bound.Integer("slices", 1);
        if (slices <= 0)
        {
            throw new JinjaException(JinjaErrorKind.Value, "integer division or modulo by zero");
        }

        var (size, longer) = (items.Count / slices, items.Count % slices);
        for (var i = 0; i < slices; i++)
        {
            interpreter.Charge(1);
            var start = (i * size) + Math.Min(i, longer);
            var slice = items.GetRange(start, size + (i < longer ? 1 : 0));
            if (bound.Get("fill_with") is { } fill && i >= longer)
            {
                slice.Add(fill);
            }

            yield return slice;
        }
    }
}
