namespace TSpin.Recipes.Binding;

/// <summary>Paths as recipes write them.</summary>
public static class PathText
{
    /// <summary>Makes a path absolute.</summary>
    /// <param name="path">As written; <c>~</c> or <c>~/...</c> is the home folder.</param>
    /// <param name="baseFolder">Where a relative path starts from.</param>
    /// <returns>The absolute, normalised path.</returns>
    public static string Resolve(string path, string baseFolder)
    {
        if (path == "~" || path.StartsWith("~/", StringComparison.Ordinal))
        {
            path = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + path[1..];
        }

        return Path.GetFullPath(path, baseFolder);
    }

    /// <summary>A file as messages name it: relative where the file that led to it was named relatively.</summary>
    /// <param name="fullPath">The file.</param>
    /// <param name="namedFrom">The file that named it, as the user wrote it.</param>
    /// <returns>A path that opens the file from the current directory.</returns>
    public static string Display(string fullPath, string namedFrom) =>
        Path.IsPathRooted(namedFrom) ? fullPath : Path.GetRelativePath(Environment.CurrentDirectory, fullPath);
}
