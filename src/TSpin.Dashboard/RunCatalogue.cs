using TSpin.Checkpoints;
using TSpin.Files;

namespace TSpin.Dashboard;

/// <summary>The runs below one folder, found by what they hold; links are not followed.</summary>
internal sealed class RunCatalogue
{
    private const int MaxDepth = 3;
    private const int MaxRuns = 1000;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private readonly Lock _lock = new();
    private readonly RunFiles _files;
    private readonly SortedDictionary<string, WatchedRun> _runs = new(StringComparer.Ordinal);
    private DateTime _looked;

    /// <param name="root">A folder of runs, or one run; full path.</param>
    public RunCatalogue(string root)
    {
        _files = new RunFiles(root);
        Root = _files.Root;
    }

    /// <summary>The folder.</summary>
    public string Root { get; }

    /// <summary>The runs that are there now, by name.</summary>
    public IReadOnlyList<WatchedRun> Runs
    {
        get
        {
            lock (_lock)
            {
                if (DateTime.UtcNow - _looked > Pause)
                {
                    Look();
                    _looked = DateTime.UtcNow;
                }

                return [.. _runs.Values];
            }
        }
    }

    /// <summary>A run by what the page calls it: a name that was found here, never a path.</summary>
    public WatchedRun? Find(string id) => Runs.FirstOrDefault(run => run.Id == id);

    private void Look()
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        if (IsRun(Root))
        {
            found[Path.GetFileName(Root) is { Length: > 0 } name ? name : "run"] = Root;
        }
        else if (Directory.Exists(Root))
        {
            Collect(Root, 1, found);
        }

        foreach (var gone in _runs.Keys.Except(found.Keys).ToArray())
        {
            _runs.Remove(gone);
        }

        foreach (var (id, path) in found.Where(run => !_runs.ContainsKey(run.Key)))
        {
            _runs[id] = new WatchedRun(id, path, _files);
        }
    }

    private void Collect(string folder, int depth, Dictionary<string, string> found)
    {
        try
        {
            foreach (var path in Directory.EnumerateDirectories(folder, "*",
                new EnumerationOptions { AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden })
                .Order(StringComparer.Ordinal))
            {
                if (found.Count >= MaxRuns || !_files.IsInside(path))
                {
                    continue;
                }

                if (IsRun(path))
                {
                    found[Path.GetRelativePath(Root, path).Replace('\\', '/')] = path;
                }
                else if (depth < MaxDepth)
                {
                    Collect(path, depth + 1, found);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A folder that went away, or that is another user's.
        }
    }

    private static bool IsRun(string folder) =>
        new RunFolder(folder) is var names
            && (File.Exists(names.Run) || Directory.Exists(names.Iteration(0))
            || (File.Exists(names.Recipe) && File.Exists(Path.Combine(folder, FolderLock.FileName))));
}
