namespace TSpin.ChatTemplates.Jinja;

/// <summary>Members, items and slices, in the order in which Jinja2's sandbox looks for them.</summary>
internal static class Access
{
    private static readonly HashSet<string> ListChanges = ["append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"];
    private static readonly HashSet<string> DictChanges = ["clear", "pop", "popitem", "setdefault", "update"];

    /// <summary><c>value.name</c>: an attribute, or else an item of that name.</summary>
    public static object? Member(Interpreter interpreter, object? value, string name)
    {
        if (value is Undefined undefined)
        {
            throw undefined.Fault();
        }

        return TryAttribute(interpreter, value, name, out var attribute) ? attribute
            : value is JinjaDict dict && dict.TryGet(name, out var item) ? item
            : Missing(value, name);
    }

    /// <summary><c>value[key]</c>: an item, or else an attribute of that name.</summary>
    public static object? Item(Interpreter interpreter, object? value, object? key)
    {
        if (value is Undefined undefined)
        {
            throw undefined.Fault();
        }

        if (TryItem(interpreter, value, key, out var item))
        {
            return item;
        }

        return Python.AsText(key) is { } name && TryAttribute(interpreter, value, name, out var attribute) ? attribute : Missing(value, key);
    }

    public static object? Slice(Interpreter interpreter, object? value, object? start, object? stop, object? step)
    {
        if (value is Undefined undefined)
        {
            throw undefined.Fault();
        }

        var items = value switch
        {
            string or Markup => CodePoints.Of(Python.AsText(value)!).ToList<object?>(),
            IReadOnlyList<object?> list => list,
            _ => null,
        };
        if (items is null)
        {
            throw new JinjaException(JinjaErrorKind.Type, $"'{Python.TypeName(value)}' object is not subscriptable");
        }

        interpreter.Charge(items.Count);
        var chosen = Indices(items.Count, start, stop, step).Select(i => items[i]).ToList();
        return value switch
        {
            string => string.Concat(chosen),
            Markup => new Markup(string.Concat(chosen)),
            JinjaTuple => new JinjaTuple(chosen),
            _ => chosen,
        };
    }

    private static IEnumerable<int> Indices(int count, object? start, object? stop, object? step)
    {
        var by = Bound(step) ?? 1;
        if (by == 0)
        {
            throw new JinjaException(JinjaErrorKind.Value, "slice step cannot be zero");
        }

        var (low, high) = by > 0 ? (0L, (long)count) : (-1L, count - 1L);
        var from = Bound(start) is { } first ? Clamp(first) : by > 0 ? low : high;
        var to = Bound(stop) is { } last ? Clamp(last) : by > 0 ? high : low;
        for (var i = from; by > 0 ? i < to : i > to; i += by)
        {
            yield return (int)i;
            if (by is > int.MaxValue or < int.MinValue)
            {
                yield break;
            }
        }

        long Clamp(long index) => Math.Clamp(index < 0 ? index + count : index, low, high);
    }

    private static long? Bound(object? value) => value is null ? null
        : value is System.Numerics.BigInteger large ? large.Sign < 0 ? long.MinValue / 2 : long.MaxValue / 2
        : Python.AsIndex(value) ?? throw new JinjaException(JinjaErrorKind.Type, "slice indices must be integers or None or have an __index__ method");

    private static bool TryItem(Interpreter interpreter, object? value, object? key, out object? item)
    {
        item = null;
        switch (value)
        {
            case JinjaDict dict:
                return dict.TryGet(key, out item);
            case string or Markup when Python.AsIndex(key) is { } index:
                var characters = CodePoints.Of(Python.AsText(value)!).ToList();
                interpreter.Charge(1);
                return TryIndex(characters, index, out item);
            case IReadOnlyList<object?> list when Python.AsIndex(key) is { } index:
                return TryIndex(list, index, out item);
            default:
                return false;
        }
    }

    private static bool TryIndex<T>(IReadOnlyList<T> list, long index, out object? item)
    {
        var at = index < 0 ? index + list.Count : index;
        var isInside = at >= 0 && at < list.Count;
        item = isInside ? list[(int)at] : null;
        return isInside;
    }

    /// <summary>An attribute alone, as the filter <c>attr</c> looks for it.</summary>
    public static bool TryAttribute(Interpreter interpreter, object? value, string name, out object? attribute)
    {
        if (name.StartsWith("__", StringComparison.Ordinal) && name.EndsWith("__", StringComparison.Ordinal) && name.Length > 4)
        {
            attribute = Unsafe(value, name);
            return true;
        }

        attribute = value switch
        {
            string text => StringMethods.Find(interpreter, text, name),
            Markup markup => StringMethods.Find(interpreter, markup, name),
            List<object?> when ListChanges.Contains(name) => Unsafe(value, name),
            JinjaDict when DictChanges.Contains(name) => Unsafe(value, name),
            IReadOnlyList<object?> list => ListMember(list, name),
            JinjaDict dict => DictMember(dict, name),
            JinjaNamespace space when space.Members.TryGetValue(name, out var member) => new Found(member),
            LoopState loop => loop.Get(name) is var state and not Undefined ? new Found(state) : name is "previtem" or "nextitem" ? loop.Get(name) : null,
            JinjaCallable callable when callable.Members.TryGetValue(name, out var member) => new Found(member),
            JinjaObject made => made.Get(name),
            double number when name == "is_integer" => new JinjaCallable(name, _ => Math.Floor(number) == number),
            _ => null,
        };
        var isFound = attribute is not null;
        attribute = attribute is Found found ? found.Value : attribute;
        return isFound;
    }

    private static object? ListMember(IReadOnlyList<object?> list, string name)
    {
        if (list is JinjaTuple tuple && tuple.Names.ToList().IndexOf(name) is >= 0 and var at)
        {
            return new Found(tuple[at]);
        }

        return name switch
        {
            "count" => new JinjaCallable(name, arguments => (long)list.Count(item => Python.AreEqual(item, arguments.Bind(name, 1, "value").Get("value")))),
            "index" => new JinjaCallable(name, arguments =>
            {
                var wanted = arguments.Bind(name, 1, "value").Get("value");
                var index = list.ToList().FindIndex(item => Python.AreEqual(item, wanted));
                return index >= 0 ? (long)index : throw new JinjaException(JinjaErrorKind.Value, $"{Python.Representation(wanted)} is not in list");
            }),
            "copy" when list is List<object?> => new JinjaCallable(name, _ => list.ToList()),
            _ => null,
        };
    }

    private static JinjaCallable? DictMember(JinjaDict dict, string name) => name switch
    {
        "get" => new JinjaCallable(name, arguments =>
        {
            var bound = arguments.Bind(name, 1, "key", "default");
            return dict.TryGet(bound.Get("key"), out var value) ? value : bound.Get("default");
        }),
        "items" => new JinjaCallable(name, _ => new JinjaView("dict_items", [.. dict.Items.Select(item => new JinjaTuple([item.Key, item.Value]))])),
        "keys" => new JinjaCallable(name, _ => new JinjaView("dict_keys", [.. dict.Keys])),
        "values" => new JinjaCallable(name, _ => new JinjaView("dict_values", [.. dict.Values])),
        "copy" => new JinjaCallable(name, _ =>
        {
            var copy = new JinjaDict();
            foreach (var (key, value) in dict.Items)
            {
                copy[key] = value;
            }

            return copy;
        }),
        _ => null,
    };

    private static Undefined Unsafe(object? value, string name) =>
        new($"access to attribute '{name}' of '{Python.TypeName(value)}' object is unsafe.", JinjaErrorKind.Security);

    private static Undefined Missing(object? value, object? key) => new(
        value is null ? $"'None' has no attribute {Python.Representation(key)}"
        : Python.AsText(key) is null ? $"{Python.TypeName(value)} object has no element {Python.Representation(key)}"
        : $"'{Python.TypeName(value)} object' has no attribute {Python.Representation(key)}");

    /// <summary>Tells a member whose value is None from one that is not there.</summary>
    private sealed record Found(object? Value);
}
