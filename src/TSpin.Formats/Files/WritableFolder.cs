namespace TSpin.Files;

/// <summary>Finds out before the work, not after it, that a folder can't be written.</summary>
public static class WritableFolder
{
    /// <summary>Creates a folder if missing and proves, by writing a file of no content and removing it, that it takes files.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="what">What it is for, for the message: <c>the run folder</c>.</param>
    /// <returns>The full path.</returns>
    /// <exception cref="TSpinException">It can't be created or written: a read-only disk, missing permission, or a file in the way.</exception>
    public static string Require(string folder, string what)
    {
        var full = Path.GetFullPath(folder);
        try
        {
            Directory.CreateDirectory(full);
            var probe = LeftOvers.NameFor(Path.Combine(full, ".writable"));
            using (new FileStream(probe, FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose))
            {
            }

            return full;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{full}: {what} can't be written: {error.Message} Choose a folder you may write to, or change its permissions.", error);
        }
    }
}
