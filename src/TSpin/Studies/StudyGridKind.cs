using TSpin.Recipes.Binding;

namespace TSpin.Studies;

/// <summary>A grid: keys of a recipe, nested or with dots, each with a list of values.</summary>
internal sealed class StudyGridKind : ValueKind<ValueList<StudyAxis>>
{
    private const int MostValues = 100;

    /// <inheritdoc/>
    public override string Type => "keys with lists";

    /// <inheritdoc/>
    public override string Range => "keys of a recipe";

    /// <inheritdoc/>
    public override bool TryRead(RecipeNode node, Action<RecipeNode, string> fault, out ValueList<StudyAxis> value)
    {
        var axes = new List<StudyAxis>();
        var isGood = node is not RefusedNode;
        if (node is MappingNode mapping)
        {
            Read(mapping, "", axes, (place, message) =>
            {
                isGood = false;
                fault(place, message);
            });
        }
        else if (node is not ScalarNode { IsNull: true })
        {
            isGood = false;
            if (node is not RefusedNode)
            {
                fault(node, $"{node.Show()} is no grid; write for example training.learning_rate: [1e-5, 3e-5] below");
            }
        }

        value = [.. axes];
        return isGood;
    }

    /// <inheritdoc/>
    public override string Write(ValueList<StudyAxis> value) => "{}";

    // A list of lists tries lists: [[1e-5, 5e-6], [3e-5, 1e-5]] for training.learning_rate.
    private static void Read(MappingNode mapping, string prefix, List<StudyAxis> axes, Action<RecipeNode, string> fault)
    {
        foreach (var entry in mapping.Entries)
        {
            var key = prefix + entry.Key;
            switch (entry.Value)
            {
                case MappingNode inner:
                    Read(inner, key + ".", axes, fault);
                    break;
                case RefusedNode:
                    break;
                case var _ when key is "seed" or "method" or "name" or "data.examples" or "output.directory":
                    fault(entry.Value, $"{key} is the study's own, not a grid's; use examples, seeds or methods");
                    break;
                case SequenceNode { Items.Count: > 0 and <= MostValues } list:
                    axes.Add(new StudyAxis(key, list.Items));
                    break;
                case ScalarNode { IsNull: false } single:
                    axes.Add(new StudyAxis(key, [single]));
                    break;
                default:
                    fault(entry.Value, $"{entry.Value.Show()} for {key}; give a list of 1 to {MostValues} values");
                    break;
            }
        }
    }
}
