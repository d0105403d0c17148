using System.Diagnostics;
using System.Text.Json;

namespace TSpin.Files;

/// <summary>
/// Holds a folder for one process: a file kept open exclusively, which the operating system releases when the process ends, however it
/// ends. So a killed run never leaves a lock that someone must remove; the file itself stays and means nothing by itself.
/// </summary>
public sealed class FolderLock : IDisposable
{
    /// <summary>The lock file's name inside the folder.</summary>
    public const string FileName = ".tspin.lock";

    /// <summary>The name of the file that says who holds the lock: .NET lets nobody read a file that is held exclusively.</summary>
    public const string HolderFileName = ".tspin.lock.json";

    private readonly FileStream _stream;

    private FolderLock(string folder, FileStream stream)
    {
        Folder = folder;
        _stream = stream;
    }

    /// <summary>The folder held, as full path.</summary>
    public string Folder { get; }

    /// <summary>Takes the folder, creating it if missing.</summary>
    /// <param name="folder">For example a run folder.</param>
    /// <returns>The lock; dispose it to let go.</returns>
    /// <exception cref="TSpinException">Another process holds it (names the process, its machine and since when), or it can't be written.</exception>
    public static FolderLock Acquire(string folder)
    {
        var full = WritableFolder.Require(folder, "the folder");
        var path = Path.Combine(full, FileName);
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            var holder = new Holder(Environment.ProcessId, Environment.MachineName, DateTimeOffset.UtcNow);
            File.WriteAllBytes(Path.Combine(full, HolderFileName), JsonSerializer.SerializeToUtf8Bytes(holder, JsonLinesFormat.Default));
            return new FolderLock(full, stream);
        }
        catch (IOException error) when (IsHeld(error))
        {
            throw new TSpinException($"{full}: in use by {HolderOf(full)}. Wait until it has finished or stop it first, or choose another folder.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            stream?.Dispose();
            throw new TSpinException($"{path}: could not be written: {error.Message} Check free space and permissions.", error);
        }
    }

    /// <summary>Whether the process that said it holds a folder still runs. Nothing is opened or locked, so no process
    /// is disturbed.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>False when it was killed; null where nobody says so, or somebody on another machine.</returns>
    public static bool? IsHolderAlive(string folder)
    {
        try
        {
            var path = Path.Combine(folder, HolderFileName);
            if (!File.Exists(path) || JsonSerializer.Deserialize<Holder>(File.ReadAllBytes(path),
                JsonLinesFormat.Default) is not { } holder || holder.Host != Environment.MachineName)
            {
                return null;
            }

            using var process = Process.GetProcessById(holder.Pid);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Lets the folder go.</summary>
    public void Dispose()
    {
        try
        {
            File.Delete(Path.Combine(Folder, HolderFileName));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is a courtesy to readers; the lock doesn't depend on it.
        }

        _stream.Dispose();
    }

    // What .NET makes of a refused flock (EWOULDBLOCK: 11 on Linux, 35 on macOS) and of ERROR_SHARING_VIOLATION on Windows.
    internal static bool IsHeld(IOException error) => error.HResult is 11 or 35 or unchecked((int)0x80070020);

    private static string HolderOf(string folder)
    {
        try
        {
            var holder = JsonSerializer.Deserialize<Holder>(File.ReadAllBytes(Path.Combine(folder, HolderFileName)), JsonLinesFormat.Default)!;
            var cure = holder.Host == Environment.MachineName ? $" (to stop it: kill {holder.Pid})" : "";
            return $"process {holder.Pid} on {holder.Host} since {holder.Since:yyyy-MM-dd HH:mm:ss} UTC{cure}";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            // The holder may be between taking the lock and saying so.
            return "another process";
        }
    }

    private sealed record Holder(int Pid, string Host, DateTimeOffset Since);
}
