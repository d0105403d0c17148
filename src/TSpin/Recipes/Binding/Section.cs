using System.Text;

namespace TSpin.Recipes.Binding;

/// <summary>
/// The table of a section: its keys in order, each with kind, range, default and meaning. Reading, writing, help and docs all go
/// through the same table. Defaults are those of <c>new TRecord()</c>.
/// </summary>
/// <typeparam name="TRecord">The section's record.</typeparam>
/// <param name="doc">What the section is about.</param>
public sealed class Section<TRecord>(string doc)
    where TRecord : class, new()
{
    private readonly List<RecipeField<TRecord>> _fields = [];

    /// <summary>What the section is about.</summary>
    public string Doc => doc;

    /// <summary>The keys in order.</summary>
    public IReadOnlyList<string> Keys => [.. _fields.Select(known => known.Key)];

    /// <summary>Adds a key that has a default.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="key">The key in YAML.</param>
    /// <param name="kind">How the value is read, checked and written.</param>
    /// <param name="get">Takes the value from a record.</param>
    /// <param name="set">Returns a record with the value.</param>
    /// <param name="meaning">What it means.</param>
    /// <returns>This table.</returns>
    public Section<TRecord> Field<T>(string key, ValueKind<T> kind, Func<TRecord, T> get, Func<TRecord, T, TRecord> set, string meaning)
    {
        _fields.Add(new ValueField<TRecord, T>(key, kind, get, set, static () => new TRecord(), meaning));
        return this;
    }

    /// <summary>Adds a key that must be stated.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="key">The key in YAML.</param>
    /// <param name="kind">How the value is read, checked and written.</param>
    /// <param name="get">Takes the value from a record.</param>
    /// <param name="set">Returns a record with the value.</param>
    /// <param name="meaning">What it means.</param>
    /// <returns>This table.</returns>
    public Section<TRecord> Required<T>(string key, ValueKind<T> kind, Func<TRecord, T> get, Func<TRecord, T, TRecord> set, string meaning)
    {
        _fields.Add(new ValueField<TRecord, T>(key, kind, get, set, defaults: null, meaning));
        return this;
    }

    /// <summary>Adds a section inside this one.</summary>
    /// <typeparam name="TInner">Its record.</typeparam>
    /// <param name="key">The key in YAML.</param>
    /// <param name="section">Its table.</param>
    /// <param name="get">Takes its record from this one's.</param>
    /// <param name="set">Returns this one's record with it.</param>
    /// <returns>This table.</returns>
    public Section<TRecord> Group<TInner>(string key, Section<TInner> section, Func<TRecord, TInner> get, Func<TRecord, TInner, TRecord> set)
        where TInner : class, new()
    {
        _fields.Add(new SectionField<TRecord, TInner>(key, section, get, set));
        return this;
    }

    /// <summary>Reads the section.</summary>
    /// <param name="node">What was written; null for nothing.</param>
    /// <param name="place">Where faults about missing keys point.</param>
    /// <param name="prefix">The section's name with a dot, or empty.</param>
    /// <param name="faults">Receives what is wrong.</param>
    /// <returns>The record; faulty fields keep their defaults.</returns>
    public TRecord Read(MappingNode? node, RecipePlace place, string prefix, FaultList faults)
    {
        var record = new TRecord();
        foreach (var field in _fields)
        {
            record = field.Read(record, node?.Find(field.Key), place, prefix, faults);
        }

        return record;
    }

    /// <summary>Writes every key as YAML lines.</summary>
    /// <param name="record">Holds the values.</param>
    /// <param name="indent">Spaces before each key.</param>
    /// <param name="yaml">Receives the lines.</param>
    public void Write(TRecord record, int indent, StringBuilder yaml)
    {
        foreach (var field in _fields)
        {
            field.Write(record, indent, yaml);
        }
    }

    /// <summary>Describes every key.</summary>
    /// <param name="prefix">The section's name with a dot, or empty.</param>
    /// <returns>One entry per key.</returns>
    public IEnumerable<SchemaEntry> Describe(string prefix) => _fields.SelectMany(field => field.Describe(prefix));
}
