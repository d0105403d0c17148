namespace TSpin.Recipes.Binding;

/// <summary>A piece of a recipe's YAML that remembers where it stands.</summary>
/// <param name="Place">Where it starts.</param>
public abstract record RecipeNode(RecipePlace Place)
{
    /// <summary>The node as a fault message shows it: short, on one line.</summary>
    /// <returns>The scalar's text, or what else it is.</returns>
    public abstract string Show();
}
