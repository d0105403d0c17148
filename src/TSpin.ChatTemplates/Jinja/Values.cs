using System.Collections;

namespace TSpin.ChatTemplates.Jinja;

/// <summary>
/// A name or member that is not there. Printing it gives nothing, it is false and empty; anything else done with it is an error that says what is missing.
/// Other values are: null (None), bool, long, double, string, <see cref="Markup"/>, <see cref="List{T}"/>, <see cref="JinjaTuple"/>, <see cref="JinjaDict"/>,
/// <see cref="JinjaSequence"/> (a generator), <see cref="JinjaCallable"/>, <see cref="JinjaNamespace"/> and <see cref="LoopState"/>.
/// </summary>
/// <param name="message">What to say when it is used.</param>
/// <param name="kind">The kind of that error.</param>
internal sealed class Undefined(string message, JinjaErrorKind kind = JinjaErrorKind.Undefined)
{
    public JinjaException Fault() => new(kind, message);
}

/// <summary>Text marked safe: what joins it is escaped, as markupsafe does.</summary>
/// <param name="Text">The text.</param>
internal sealed record Markup(string Text)
{
    public static Markup Escape(string text) => new(text
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace("'", "&#39;", StringComparison.Ordinal).Replace("\"", "&#34;", StringComparison.Ordinal));
}

/// <summary>A Python tuple.</summary>
/// <param name="items">Its items.</param>
/// <param name="names">Names under which the items are members too; of a named tuple.</param>
internal sealed class JinjaTuple(IReadOnlyList<object?> items, IReadOnlyList<string>? names = null) : IReadOnlyList<object?>
{
    public IReadOnlyList<string> Names { get; } = names ?? [];

    public int Count => items.Count;

    public object? this[int index] => items[index];

    public IEnumerator<object?> GetEnumerator() => items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>A Python generator: can be gone through once, has no length, and cannot be indexed.</summary>
/// <param name="items">Computed as they are asked for.</param>
/// <param name="name">As Python calls its function.</param>
internal sealed class JinjaSequence(IEnumerable<object?> items, string name)
{
    private readonly IEnumerator<object?> _items = items.GetEnumerator();

    public string Name => name;

    public IEnumerable<object?> Rest()
    {
        while (_items.MoveNext())
        {
            yield return _items.Current;
        }
    }
}

/// <summary>What <c>dict.items()</c> and its like give: has a length and can be gone through, but not indexed.</summary>
/// <param name="kind">As Python prints it: dict_items, dict_keys, dict_values.</param>
/// <param name="items">What is in it.</param>
internal sealed class JinjaView(string kind, IReadOnlyList<object?> items)
{
    public string Kind => kind;

    public IReadOnlyList<object?> Items => items;
}

/// <summary>What <c>range(...)</c> gives.</summary>
/// <param name="start">First number.</param>
/// <param name="stop">Where it ends, exclusive.</param>
/// <param name="step">Not 0.</param>
/// <param name="count">How many numbers there are.</param>
internal sealed class JinjaRange(long start, long stop, long step, int count) : IReadOnlyList<object?>
{
    public int Count => count;

    public object? this[int index] => start + (index * step);

    public IEnumerator<object?> GetEnumerator() => Enumerable.Range(0, count).Select(i => this[i]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => step == 1 ? $"range({start}, {stop})" : $"range({start}, {stop}, {step})";
}

/// <summary>An object with members of its own making, such as a <c>cycler</c>.</summary>
/// <param name="typeName">Its type, for messages.</param>
/// <param name="member">Looks a member up; null where there is none.</param>
internal sealed class JinjaObject(string typeName, Func<string, object?> member)
{
    public string TypeName => typeName;

    public object? Get(string name) => member(name);
}

/// <summary>What <c>namespace(...)</c> makes: the one value whose members a template may set.</summary>
internal sealed class JinjaNamespace
{
    public Dictionary<string, object?> Members { get; } = new(StringComparer.Ordinal);
}

/// <summary>Something that can be called.</summary>
/// <param name="name">Its name, for messages.</param>
/// <param name="call">What it does.</param>
internal sealed class JinjaCallable(string name, Func<CallArguments, object?> call)
{
    public string Name => name;

    public object? Call(CallArguments arguments) => call(arguments);

    /// <summary>Further members, of macros.</summary>
    public IReadOnlyDictionary<string, object?> Members { get; init; } = new Dictionary<string, object?>();
}
