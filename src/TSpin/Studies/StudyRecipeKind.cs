using TSpin.Recipes.Binding;

namespace TSpin.Studies;

/// <summary>A recipe in a study: a file, with what it extends, or the recipe's keys themselves.</summary>
internal sealed class StudyRecipeKind : ValueKind<MappingNode>
{
    /// <inheritdoc/>
    public override string Type => "recipe";

    /// <inheritdoc/>
    public override string Range => "a file, or keys";

    /// <inheritdoc/>
    public override bool TryRead(RecipeNode node, Action<RecipeNode, string> fault, out MappingNode value)
    {
        value = node as MappingNode ?? new MappingNode(node.Place, []);
        switch (node)
        {
            case MappingNode:
                return true;
            case ScalarNode { IsNull: false, Text: { Length: > 0 } text }:
                var faults = new FaultList();
                value = RecipeLayers.FromFile(PathText.Display(PathText.Resolve(text, node.Place.BaseFolder), node.Place.Source), faults);
                faults.ThrowIfAny();
                return true;
            case RefusedNode:
                return false;
            default:
                fault(node, $"{node.Show()} is no recipe; name a recipe file, or write a recipe's keys below");
                return false;
        }
    }

    /// <inheritdoc/>
    public override string Write(MappingNode value) => "{}";
}
