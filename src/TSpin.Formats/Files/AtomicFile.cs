namespace TSpin.Files;

/// <summary>
/// Writes whole files so that a reader never sees half of one: to a temporary name in the same folder, flushed to the disk, then
/// renamed over the target. A process killed at any moment leaves the old file or the new one.
/// </summary>
public static class AtomicFile
{
    /// <summary>Writes a file through a stream.</summary>
    /// <param name="path">The final path; its folder is created if missing.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="TSpinException">The folder is not writable, the disk is full, or the path is a folder.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var full = Path.GetFullPath(path);
        var temporary = LeftOvers.NameFor(full);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            LeftOvers.SweepOf(full);
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw new TSpinException($"{full}: could not be written: {error.Message} Check free space and permissions, then run the same command again.", error);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    /// <summary>Writes a text file as UTF-8 without a byte order mark.</summary>
    /// <param name="path">The final path.</param>
    /// <param name="text">The whole content.</param>
    public static void WriteText(string path, string text) =>
        Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to report; a left-over temporary file does no harm.
        }
    }
}
