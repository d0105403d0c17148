namespace TSpin.Recipes;

/// <summary>Writes the effective recipe: every field, those left at their defaults too.</summary>
public static class RecipeWriter
{
    /// <summary>Writes a recipe as YAML.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <returns>YAML that <see cref="RecipeReader"/> reads back to an equal record from anywhere; relative paths become absolute, from the current directory.</returns>
    public static string Write(Recipe recipe) => RecipeTables.Of(recipe).Write(recipe);
}
