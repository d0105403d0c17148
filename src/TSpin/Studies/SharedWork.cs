using TSpin.Files;
using TSpin.Recipes;
using TSpin.SelfPlay;

namespace TSpin.Studies;

/// <summary>
/// A folder beside trials in which each finds what another has done for it already: the evaluation before iteration 0,
/// the responses of iteration 0, the supervised first stage. An entry's name is the hash of everything that decides its
/// content (<see cref="SharedKeys"/>), which lies beside it as <c>key.txt</c>; a trial copies it byte for byte.
/// </summary>
/// <param name="folder">The folder; made when there is something to put in.</param>
public sealed class SharedWork(string folder)
{
    private const string KeyFile = "key.txt";
    private const string InfoFile = "shared.json";

    /// <summary>The folder.</summary>
    public string Folder { get; } = Path.GetFullPath(folder);

    /// <summary>Gives a trial that is about to start what is there for it.</summary>
    /// <param name="recipe">The trial's.</param>
    /// <param name="folder">The trial's.</param>
    /// <param name="time">Learns what was adopted.</param>
    /// <param name="progress">Told in a sentence.</param>
    /// <returns>What afterwards takes the trial's own work for others.</returns>
    internal SharedLoan Lend(Recipe recipe, string folder, TrialTime time, IProgress<RunEvent>? progress)
    {
        var loan = new SharedLoan(this, recipe, folder, time);
        loan.Give(progress);
        return loan;
    }

    /// <summary>The folder of an entry, or null where there is none.</summary>
    internal string? Find(string kind, string key) => PathOf(kind, key) is var path && File.Exists(Path.Combine(path, InfoFile)) ? path : null;

    /// <summary>What an entry says of itself.</summary>
    internal static SharedEntry ReadInfo(string entry) => JsonRecordFile.Read<SharedEntry>(
        Path.Combine(entry, InfoFile), "damaged", $"Delete the folder {entry}; it is made anew.")!;

    /// <summary>Puts an entry in; one of the same key that is there already stays.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="key">Everything that decides it.</param>
    /// <param name="info">What it says of itself.</param>
    /// <param name="files">Each with its place below the entry.</param>
    internal void Put(string kind, string key, SharedEntry info, IEnumerable<(string Source, string Name)> files)
    {
        var path = PathOf(kind, key);
        if (Directory.Exists(path))
        {
            return;
        }

        // After a kill whoever holds the study's folder removes it.
        var half = LeftOvers.NameFor(path);
        foreach (var (source, name) in files)
        {
            var target = Path.Combine(half, name);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            Copy(source, target);
        }

        AtomicFile.WriteText(Path.Combine(half, KeyFile), key);
        JsonRecordFile.Write(Path.Combine(half, InfoFile), info);
        try
        {
            Directory.Move(half, path);
        }
        catch (IOException) when (Directory.Exists(path))
        {
            // Another process was first, with the same bytes.
            Remove(half);
        }
    }

    /// <summary>Copies a file so that it is whole or not there.</summary>
    internal static void Copy(string source, string target) => AtomicFile.Write(target, to =>
    {
        using var from = File.OpenRead(source);
        from.CopyTo(to);
    });

    private string PathOf(string kind, string key) => Path.Combine(Folder, $"{kind}-{SharedKeys.HashOf(key)[..20]}");

    private static void Remove(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }
}
