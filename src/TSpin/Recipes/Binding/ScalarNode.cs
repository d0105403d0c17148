using TSpin.Files;

namespace TSpin.Recipes.Binding;

/// <summary>A single value.</summary>
/// <param name="Place">Where it starts.</param>
/// <param name="Text">Its text, quotes and escapes resolved.</param>
/// <param name="IsQuoted">Whether it was written in quotes or as a block, which makes it text whatever it looks like.</param>
public sealed record ScalarNode(RecipePlace Place, string Text, bool IsQuoted) : RecipeNode(Place)
{
    /// <summary>Whether this is YAML's null: nothing, <c>null</c> or <c>~</c>, without quotes.</summary>
    public bool IsNull => !IsQuoted && Text is "" or "null" or "Null" or "NULL" or "~";

    /// <inheritdoc/>
    public override string Show() => IsNull ? "nothing" : YamlText.Show(Text, IsQuoted);
}
