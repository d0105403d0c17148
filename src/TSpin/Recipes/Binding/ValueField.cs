using System.Text;

namespace TSpin.Recipes.Binding;

/// <summary>A key with a value.</summary>
/// <typeparam name="TRecord">The section's record.</typeparam>
/// <typeparam name="T">The value's type.</typeparam>
/// <param name="key">The key in YAML.</param>
/// <param name="kind">How the value is read, checked and written.</param>
/// <param name="get">Takes the value from a record.</param>
/// <param name="set">Returns a record with the value.</param>
/// <param name="defaults">A record that holds the default; null when the key must be stated.</param>
/// <param name="doc">What it means.</param>
public sealed class ValueField<TRecord, T>(
    string key,
    ValueKind<T> kind,
    Func<TRecord, T> get,
    Func<TRecord, T, TRecord> set,
    Func<TRecord>? defaults,
    string doc) : RecipeField<TRecord>(key)
{
    private string? DefaultText => defaults is null ? null : kind.Write(get(defaults()));

    /// <inheritdoc/>
    public override TRecord Read(TRecord record, MappingEntry? entry, RecipePlace sectionPlace, string prefix, FaultList faults)
    {
        var field = prefix + Key;
        if (entry is null)
        {
            if (defaults is not null)
            {
                return set(record, kind.Settle(get(record)));
            }

            if (!faults.IsIncomplete)
            {
                faults.Add(sectionPlace, field, $"missing; add \"{Key}: ...\"{(prefix.Length == 0 ? "" : $" under \"{prefix.TrimEnd('.')}:\"")} ({doc})");
            }

            return record;
        }

        faults.Locate(field, entry.KeyPlace);
        var cure = DefaultText is { } text ? $" (the default is {text})" : "";
        return kind.TryRead(entry.Value, Report, out var value) ? set(record, value) : record;

        void Report(RecipeNode node, string message) =>
            faults.Add(ReferenceEquals(node, entry.Value) ? entry.KeyPlace : node.Place, field, message + cure);
    }

    /// <inheritdoc/>
    public override void Write(TRecord record, int indent, StringBuilder yaml) =>
        yaml.Append(' ', indent).Append(Key).Append(": ").Append(kind.Write(kind.Settle(get(record)))).Append('\n');

    /// <inheritdoc/>
    public override IEnumerable<SchemaEntry> Describe(string prefix) =>
        [new SchemaEntry(prefix + Key, kind.Type, kind.Range, DefaultText, doc, IsSection: false)];
}
