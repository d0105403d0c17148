namespace TSpin.Recipes.Binding;

/// <summary>A list.</summary>
/// <param name="Place">Where it starts.</param>
/// <param name="Items">Its elements in order.</param>
public sealed record SequenceNode(RecipePlace Place, IReadOnlyList<RecipeNode> Items) : RecipeNode(Place)
{
    /// <inheritdoc/>
    public override string Show() => $"a list of {Items.Count}";
}
