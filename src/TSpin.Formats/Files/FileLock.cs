namespace TSpin.Files;

/// <summary>
/// Holds the name of one output file for one process: a hidden file beside it (<c>.NAME.lock</c>), kept open exclusively, which the operating system releases when
/// the process ends, however it ends. Taken away when let go; one that a killed process left means nothing.
/// </summary>
public sealed class FileLock : IDisposable
{
    private readonly FileStream _stream;
    private readonly string _path;

    private FileLock(string path, FileStream stream) => (_path, _stream) = (path, stream);

    /// <summary>Takes a name.</summary>
    /// <param name="file">The output file; need not exist.</param>
    /// <returns>The lock; dispose it to let go.</returns>
    /// <exception cref="TSpinException">Another process holds it, or its folder can't be written.</exception>
    public static FileLock Acquire(string file)
    {
        var full = Path.GetFullPath(file);
        var folder = WritableFolder.Require(Path.GetDirectoryName(full) ?? full, "the folder");
        var path = Path.Combine(folder, $".{Path.GetFileName(full)}.lock");
        try
        {
            return new FileLock(path, new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0));
        }
        catch (IOException error) when (FolderLock.IsHeld(error))
        {
            throw new TSpinException($"{full}: another process is writing this file. Wait until it has finished or stop it first, or choose another file.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{path}: could not be written: {error.Message} Check free space and permissions.", error);
        }
    }

    /// <summary>Lets the name go.</summary>
    public void Dispose()
    {
        try
        {
            File.Delete(_path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A left-over lock file means nothing.
        }

        _stream.Dispose();
    }
}
