using TSpin.Recipes;

namespace TSpin.Cli;

/// <summary>The folder that a run goes to.</summary>
internal static class RunName
{
    /// <summary>Joins the recipe's output folder and the run's name.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="name">What <c>--run</c> says; null where it says nothing.</param>
    /// <returns>A folder.</returns>
    /// <exception cref="TSpinException">The name is empty, or means the output folder itself or one above it, where a run would lie among others.</exception>
    public static string FolderOf(Recipe recipe, string? name)
    {
        var directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(recipe.Output.Directory));
        if (name is null)
        {
            return Path.Combine(directory, recipe.Name);
        }

        var folder = name.Trim().Length == 0 || name.Contains('\0', StringComparison.Ordinal) ? directory : Path.TrimEndingDirectorySeparator(Path.GetFullPath(Path.Combine(directory, name)));
        return (directory + Path.DirectorySeparatorChar).StartsWith(folder.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? throw new TSpinException($"--run \"{name}\": names no folder for a run inside {directory}. Give a name, for example --run second, or leave the option out: the recipe's name is {recipe.Name}.")
            : folder;
    }
}
