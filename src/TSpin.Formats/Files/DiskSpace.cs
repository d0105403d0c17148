namespace TSpin.Files;

/// <summary>Asks the file system, before hours of work, whether what is going to be written will fit.</summary>
public static class DiskSpace
{
    /// <summary>Requires free space where a path is or will be.</summary>
    /// <param name="path">A file or folder; it need not exist yet, its nearest existing parent counts.</param>
    /// <param name="bytes">Bytes that will be written.</param>
    /// <param name="what">What will be written, for the message: <c>the weights</c>.</param>
    /// <exception cref="TSpinException">Fewer bytes are free.</exception>
    public static void Require(string path, long bytes, string what)
    {
        if (FreeBytes(path) is { } free && free < bytes)
        {
            throw new TSpinException(
                $"{Path.GetFullPath(path)}: {what} need {Shown(bytes)}, but only {Shown(free)} are free there. Free some space or choose a folder on another disk, then run the same command again.");
        }
    }

    /// <summary>Bytes that this user may still write where a path is or will be.</summary>
    /// <param name="path">A file or folder; it need not exist yet.</param>
    /// <returns>The bytes, or null when the file system doesn't say.</returns>
    public static long? FreeBytes(string path)
    {
        var folder = Path.GetFullPath(path);
        while (!Directory.Exists(folder))
        {
            if (Path.GetDirectoryName(folder) is not { } parent)
            {
                return null;
            }

            folder = parent;
        }

        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Some network and overlay file systems don't answer; a write that fails later has its own message.
            return null;
        }
    }

    /// <summary>A size for people: <c>512 bytes</c>, <c>1.5 KiB</c>, <c>14.2 GiB</c>.</summary>
    /// <param name="bytes">Not negative.</param>
    /// <returns>The text.</returns>
    public static string Shown(long bytes)
    {
        if (bytes < 1024)
        {
            return $"{bytes} bytes";
        }

        ReadOnlySpan<string> units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        var value = bytes / 1024.0;
        var unit = 0;
        while (value >= 1024 && unit < units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return $"{value:0.#} {units[unit]}";
    }
}
