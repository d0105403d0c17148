using System.Text;

namespace TSpin.Recipes.Binding;

/// <summary>One key of a section: how it goes from YAML into a record and back.</summary>
/// <typeparam name="TRecord">The section's record.</typeparam>
/// <param name="key">The key in YAML.</param>
public abstract class RecipeField<TRecord>(string key)
{
    /// <summary>The key in YAML.</summary>
    public string Key => key;

    /// <summary>Puts a written value (or the settled default) into a record.</summary>
    /// <param name="record">The record so far.</param>
    /// <param name="entry">What was written; null when nothing was.</param>
    /// <param name="sectionPlace">Where the section stands, for a fault about a missing key.</param>
    /// <param name="prefix">The section's name with a dot, or empty.</param>
    /// <param name="faults">Receives what is wrong.</param>
    /// <returns>The record with the value.</returns>
    public abstract TRecord Read(TRecord record, MappingEntry? entry, RecipePlace sectionPlace, string prefix, FaultList faults);

    /// <summary>Writes the key and its value as YAML lines.</summary>
    /// <param name="record">Holds the value.</param>
    /// <param name="indent">Spaces before the key.</param>
    /// <param name="yaml">Receives the lines.</param>
    public abstract void Write(TRecord record, int indent, StringBuilder yaml);

    /// <summary>Describes the key, and for a section everything in it.</summary>
    /// <param name="prefix">The section's name with a dot, or empty.</param>
    /// <returns>One entry per key, a section's heading before its keys.</returns>
    public abstract IEnumerable<SchemaEntry> Describe(string prefix);
}
