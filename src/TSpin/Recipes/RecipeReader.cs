using TSpin.Recipes.Binding;

namespace TSpin.Recipes;

/// <summary>
/// Reads recipes. Layers, later ones win key by key: the defaults, the file named by <c>extends</c> (and that one's, and so on), the
/// file itself, the overrides. Relative paths start from the folder of the file that states them, those in overrides from the current
/// directory; <c>~</c> is the home folder. YAML anchors, aliases and tags are refused.
/// </summary>
public static class RecipeReader
{
    /// <summary>Reads a recipe file.</summary>
    /// <param name="path">The YAML file, at most 1 MiB.</param>
    /// <param name="overrides">Texts <c>key.path=value</c>, as <c>--set</c> takes them, applied in order.</param>
    /// <returns>The recipe with absolute paths.</returns>
    /// <exception cref="RecipeException">Anything is wrong; all faults are in it.</exception>
    public static Recipe Read(string path, IEnumerable<string> overrides) => RecipeTables.Recipe.Read(path, overrides);

    /// <summary>Reads keys that were put together from several files.</summary>
    /// <param name="keys">What would stand in a recipe; every value has its own place.</param>
    /// <returns>The recipe with absolute paths.</returns>
    /// <exception cref="RecipeException">Anything is wrong; all faults are in it.</exception>
    public static Recipe Bind(MappingNode keys) => RecipeTables.Recipe.Bind(keys);

    /// <summary>Parses recipe text.</summary>
    /// <param name="text">The YAML text.</param>
    /// <param name="sourceName">What faults call it; relative paths start from the folder part of this name, or the current directory.</param>
    /// <param name="overrides">Texts <c>key.path=value</c>, applied in order.</param>
    /// <returns>The recipe with absolute paths.</returns>
    /// <exception cref="RecipeException">Anything is wrong; all faults are in it.</exception>
    public static Recipe Parse(string text, string sourceName, IEnumerable<string> overrides) => RecipeTables.Recipe.Parse(text, sourceName, overrides);
}
