namespace TSpin.Recipes.Binding;

/// <summary>A value whose fault was already reported while parsing; reading it reports nothing more.</summary>
/// <param name="Place">Where it starts.</param>
public sealed record RefusedNode(RecipePlace Place) : RecipeNode(Place)
{
    /// <inheritdoc/>
    public override string Show() => "a refused value";
}
