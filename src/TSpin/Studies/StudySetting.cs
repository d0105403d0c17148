using TSpin.Recipes.Binding;

namespace TSpin.Studies;

/// <summary>One combination of a grid's values.</summary>
/// <param name="Text">What reports call it, as <c>training.learning_rate 1e-5, objective.alpha 0.1</c>; empty where
/// there is no grid.</param>
/// <param name="Set">The keys that it sets.</param>
public sealed record StudySetting(string Text, MappingNode Set)
{
    /// <summary>All combinations, the last key changing first.</summary>
    /// <param name="grid">The keys.</param>
    /// <returns>At least one; of no keys the empty setting.</returns>
    public static IReadOnlyList<StudySetting> AllOf(IReadOnlyList<StudyAxis> grid)
    {
        var nothing = new MappingNode(new RecipePlace("grid", 0, 0, Environment.CurrentDirectory), []);
        IEnumerable<StudySetting> all = [new StudySetting("", nothing)];
        foreach (var axis in grid)
        {
            all = all.SelectMany(setting => axis.Values.Select(value => new StudySetting(
                $"{setting.Text}{(setting.Text.Length > 0 ? ", " : "")}{axis.Key} {TextOf(value)}",
                MappingNode.Merge(setting.Set, Nested(axis.Key, value)))));
        }

        return [.. all];
    }

    /// <summary>Keys with dots as groups of keys.</summary>
    /// <param name="keys">As written.</param>
    /// <returns>The same, nested.</returns>
    public static MappingNode Nested(MappingNode keys) => keys.Entries.Aggregate(
        new MappingNode(keys.Place, []),
        (nested, entry) => MappingNode.Merge(nested, Nested(entry.Key, entry.Value is MappingNode inner ? Nested(inner) : entry.Value)));

    /// <summary>One key with dots.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">Its value.</param>
    /// <returns>The groups around it.</returns>
    public static MappingNode Nested(string key, RecipeNode value) => (MappingNode)key.Split('.').Reverse()
        .Aggregate(value, (inner, part) => new MappingNode(value.Place, [new MappingEntry(part, value.Place, inner)]));

    private static string TextOf(RecipeNode node) => node switch
    {
        ScalarNode scalar => scalar.Text,
        SequenceNode list => $"[{string.Join(", ", list.Items.Select(TextOf))}]",
        _ => node.Show(),
    };
}
