namespace TSpin.Recipes.Binding;

/// <summary>Where a value of a recipe was written.</summary>
/// <param name="Source">The file as the user named it, or <c>--set key=value</c>.</param>
/// <param name="Line">Line from 1; 0 for an override.</param>
/// <param name="Column">Column from 1; 0 for an override.</param>
/// <param name="BaseFolder">Absolute folder that relative paths written here start from.</param>
public sealed record RecipePlace(string Source, int Line, int Column, string BaseFolder)
{
    /// <summary>Whether the value came from an override rather than a file.</summary>
    public bool IsOverride => Line == 0;
}
