using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace TSpin.ChatTemplates.Jinja;

/// <summary>A Python dictionary: keeps the order of insertion; 1, 1.0 and True are one key.</summary>
internal sealed class JinjaDict
{
    // What stands for None, which no .NET dictionary takes as key.
    private static readonly object None = new();

    private readonly OrderedDictionary<object, object?> _items = new(KeyComparer.Instance);

    public int Count => _items.Count;

    public IEnumerable<object?> Keys => _items.Keys.Select(Outside);

    public IEnumerable<object?> Values => _items.Values;

    public IEnumerable<KeyValuePair<object?, object?>> Items => _items.Select(item => KeyValuePair.Create(Outside(item.Key), item.Value));

    public object? this[object? key]
    {
        set => _items[Inside(key)] = value;
    }

    public bool TryGet(object? key, out object? value) => _items.TryGetValue(Inside(key), out value);

    private static object? Outside(object key) => ReferenceEquals(key, None) ? null : key;

    private static object Inside(object? key) => key switch
    {
        null => None,
        bool or long or double or BigInteger or string or Markup => key,
        JinjaTuple tuple when tuple.All(item => item is null || Inside(item) is not null) => key,
        Undefined or JinjaCallable or JinjaSequence => key,
        _ => throw new JinjaException(JinjaErrorKind.Type, $"unhashable type: '{Python.TypeName(key)}'"),
    };

    private sealed class KeyComparer : IEqualityComparer<object>
    {
        public static KeyComparer Instance { get; } = new();

        public new bool Equals(object? a, object? b) => ReferenceEquals(a, b) || (!ReferenceEquals(a, None) && !ReferenceEquals(b, None) && Python.AreEqual(a, b));

        public int GetHashCode([DisallowNull] object key) => key switch
        {
            bool flag => flag ? 1.0.GetHashCode() : 0.0.GetHashCode(),
            long number => ((double)number).GetHashCode(),
            double number => number.GetHashCode(),
            BigInteger number => ((double)number).GetHashCode(),
            string text => text.GetHashCode(StringComparison.Ordinal),
            Markup markup => markup.Text.GetHashCode(StringComparison.Ordinal),
            JinjaTuple tuple => tuple.Aggregate(17, (hash, item) => (hash * 31) + (item is null ? 0 : GetHashCode(item))),
            Undefined => 1,
            _ => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(key),
        };
    }
}
