using System.Diagnostics;
using System.Globalization;

namespace TSpin.Files;

/// <summary>
/// Removes what killed processes left of half-written files and folders: <c>NAME.PID-N.tmp</c>, <c>NAME.PID.tmp</c> and <c>NAME.old.tmp</c>. Best
/// effort: what cannot be removed stays.
/// </summary>
public static class LeftOvers
{
    private const string Suffix = ".tmp";
    private static readonly TimeSpan SurelyOver = TimeSpan.FromHours(1);
    private static int _writers;

    /// <summary>A name beside a file or folder to write it under before it is renamed: no other writer's, in this process or another.</summary>
    /// <param name="path">The file or folder.</param>
    /// <returns>The path; what is left under it, the methods below remove.</returns>
    public static string NameFor(string path) => FormattableString.Invariant($"{path}.{Environment.ProcessId}-{Interlocked.Increment(ref _writers)}{Suffix}");

    /// <summary>Removes all that lie anywhere below a folder. Whoever calls holds the folder's lock, so nobody is writing there.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>Bytes of the files that went.</returns>
    public static long SweepLocked(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return 0;
        }

        var bytes = 0L;
        var below = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };
        foreach (var path in Directory.GetFileSystemEntries(folder, $"*{Suffix}", below).Where(IsLeftOver))
        {
            bytes += TryRemove(path);
        }

        return bytes;
    }

    /// <summary>Removes those of one file whose writers are gone: no such process on this machine, nothing written for an hour.</summary>
    /// <param name="file">The file that was to be written, full path.</param>
    public static void SweepOf(string file)
    {
        try
        {
            var begin = Path.GetFileName(file).Length + 1;
            foreach (var path in Directory.GetFiles(Path.GetDirectoryName(file)!, $"{Path.GetFileName(file)}.*{Suffix}"))
            {
                var writer = Path.GetFileName(path)[begin..^Suffix.Length].Split('-')[0];
                if (int.TryParse(writer, NumberStyles.None, CultureInfo.InvariantCulture, out var process) && DateTime.UtcNow - File.GetLastWriteTimeUtc(path) > SurelyOver && !IsRunning(process))
                {
                    TryRemove(path);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The write that follows has its own message.
        }
    }

    private static bool IsLeftOver(string path)
    {
        var parts = Path.GetFileName(path).Split('.');
        return parts.Length >= 3 && (parts[^2] == "old" || (char.IsAsciiDigit(parts[^2].FirstOrDefault()) && parts[^2].All(letter => char.IsAsciiDigit(letter) || letter == '-')));
    }

    private static long TryRemove(string path)
    {
        try
        {
            if (Directory.Exists(path))
            {
                var bytes = Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
                Directory.Delete(path, recursive: true);
                return bytes;
            }

            // What lay in a folder that went already is gone.
            if (!File.Exists(path))
            {
                return 0;
            }

            var length = new FileInfo(path).Length;
            File.Delete(path);
            return length;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static bool IsRunning(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
