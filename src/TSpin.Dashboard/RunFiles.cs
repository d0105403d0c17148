namespace TSpin.Dashboard;

/// <summary>
/// The files that the page may read: those below one folder, reached without a link. Names come from the program
/// itself, never from a request; a link in a run's folder could still lead out of it.
/// </summary>
/// <param name="root">The folder, full path. It may itself be reached by a link: the user named it.</param>
internal sealed class RunFiles(string root)
{
    /// <summary>The folder.</summary>
    public string Root { get; } = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));

    /// <summary>Whether a path leads to something inside, with no link on the way.</summary>
    public bool IsInside(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (full == Root)
        {
            return true;
        }

        var before = Root.EndsWith(Path.DirectorySeparatorChar) ? Root : Root + Path.DirectorySeparatorChar;
        if (!full.StartsWith(before, StringComparison.Ordinal))
        {
            return false;
        }

        for (var at = full; at is not null && at.Length > Root.Length; at = Path.GetDirectoryName(at))
        {
            if (new FileInfo(at).LinkTarget is not null)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The path, where it is an ordinary file inside; else one that does not exist, so that a reader finds
    /// nothing.</summary>
    public string Guarded(string path) =>
        File.Exists(path) && IsInside(path) ? path : Path.Combine(Root, ".no-such-file");

    /// <summary>Opens a file for reading beside its writer; null where there is none, or none that may be
    /// read.</summary>
    public FileStream? TryOpen(string path)
    {
        try
        {
            return File.Exists(path) && IsInside(path)
                ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1)
                : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
