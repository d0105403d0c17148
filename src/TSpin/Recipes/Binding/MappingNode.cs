namespace TSpin.Recipes.Binding;

/// <summary>Keys with values, each key once.</summary>
/// <param name="Place">Where it starts.</param>
/// <param name="Entries">The pairs in the order they were written.</param>
public sealed record MappingNode(RecipePlace Place, IReadOnlyList<MappingEntry> Entries) : RecipeNode(Place)
{
    /// <summary>Finds a key.</summary>
    /// <param name="key">The key, compared exactly.</param>
    /// <returns>Its entry, or null.</returns>
    public MappingEntry? Find(string key) => Entries.FirstOrDefault(entry => entry.Key == key);

    /// <inheritdoc/>
    public override string Show() => "a group of keys";

    /// <summary>Lays one mapping over another: its values win, groups of keys are merged key by key.</summary>
    /// <param name="below">What is built upon.</param>
    /// <param name="above">What changes it.</param>
    /// <returns>The result; every value keeps its own place.</returns>
    public static MappingNode Merge(MappingNode below, MappingNode above)
    {
        var entries = below.Entries.ToList();
        foreach (var entry in above.Entries)
        {
            var index = entries.FindIndex(other => other.Key == entry.Key);
            if (index < 0)
            {
                entries.Add(entry);
                continue;
            }

            entries[index] = (entries[index].Value, entry.Value) switch
            {
                (MappingNode lower, MappingNode upper) => entry with
                {
                    KeyPlace = entry.KeyPlace.IsOverride ? entries[index].KeyPlace : entry.KeyPlace,
                    Value = Merge(lower, upper),
                },
                (MappingNode, ScalarNode { IsNull: true }) => entries[index],
                _ => entry,
            };
        }

        return new MappingNode(above.Place.IsOverride ? below.Place : above.Place, entries);
    }
}
