using System.Text;

namespace TSpin.Recipes.Binding;

/// <summary>A key that holds a section.</summary>
/// <typeparam name="TRecord">The outer record.</typeparam>
/// <typeparam name="TInner">The section's record.</typeparam>
/// <param name="key">The key in YAML.</param>
/// <param name="section">The section's table.</param>
/// <param name="get">Takes the section's record from the outer one.</param>
/// <param name="set">Returns an outer record with it.</param>
public sealed class SectionField<TRecord, TInner>(
    string key,
    Section<TInner> section,
    Func<TRecord, TInner> get,
    Func<TRecord, TInner, TRecord> set) : RecipeField<TRecord>(key)
    where TInner : class, new()
{
    /// <inheritdoc/>
    public override TRecord Read(TRecord record, MappingEntry? entry, RecipePlace sectionPlace, string prefix, FaultList faults)
    {
        var place = entry is { KeyPlace.IsOverride: false } ? entry.KeyPlace : sectionPlace;
        switch (entry?.Value)
        {
            case MappingNode mapping:
                return set(record, section.Read(mapping, place, $"{prefix}{Key}.", faults));
            case null or ScalarNode { IsNull: true }:
                return set(record, section.Read(null, place, $"{prefix}{Key}.", faults));
            case RefusedNode:
                return record;
            default:
                faults.Add(entry.KeyPlace, prefix + Key, $"{entry.Value.Show()} where a group of keys belongs; use for example {prefix}{Key}.{section.Keys[0]}");
                return record;
        }
    }

    /// <inheritdoc/>
    public override void Write(TRecord record, int indent, StringBuilder yaml)
    {
        yaml.Append(' ', indent).Append(Key).Append(":\n");
        section.Write(get(record), indent + 2, yaml);
    }

    /// <inheritdoc/>
    public override IEnumerable<SchemaEntry> Describe(string prefix) =>
        section.Describe($"{prefix}{Key}.").Prepend(new SchemaEntry(prefix + Key, "", "", null, section.Doc, IsSection: true));
}
