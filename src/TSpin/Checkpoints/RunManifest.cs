using System.Text.Json;
using TSpin.Files;

namespace TSpin.Checkpoints;

/// <summary>
/// <c>manifest.json</c> of a run folder: which artifacts are finished, with size and SHA-256. An artifact enters when it is complete,
/// so what is listed need not be made again, and what is listed but gone or altered is noticed before anything is built on it.
/// </summary>
/// <remarks>Paths are relative to the run folder, with <c>/</c> between parts on every system. Not thread-safe.</remarks>
public sealed class RunManifest
{
    /// <summary>The manifest's name inside the run folder.</summary>
    public const string FileName = "manifest.json";

    private static readonly JsonSerializerOptions Format = new(JsonLinesFormat.Default) { WriteIndented = true, IndentSize = 2, NewLine = "\n" };

    private readonly TimeProvider _clock;
    private readonly SortedDictionary<string, RunArtifact> _artifacts = new(StringComparer.Ordinal);

    private RunManifest(string runFolder, TimeProvider clock)
    {
        RunFolder = runFolder;
        _clock = clock;
    }

    /// <summary>The run folder's full path.</summary>
    public string RunFolder { get; }

    /// <summary>The finished files by relative path, in ordinal order.</summary>
    public IReadOnlyDictionary<string, RunArtifact> Artifacts => _artifacts;

    private string ManifestPath => Path.Combine(RunFolder, FileName);

    /// <summary>Reads a run folder's manifest; a folder without one has no finished artifacts.</summary>
    /// <param name="runFolder">The run folder; it need not exist yet.</param>
    /// <param name="clock">Gives <see cref="RunArtifact.Completed"/>; the system's by default.</param>
    /// <returns>The manifest.</returns>
    /// <exception cref="TSpinException">The file is there but is no manifest. Fields and entries it doesn't understand are left out, not errors.</exception>
    public static RunManifest Open(string runFolder, TimeProvider? clock = null)
    {
        var manifest = new RunManifest(Path.GetFullPath(runFolder), clock ?? TimeProvider.System);
        manifest.Read();
        return manifest;
    }

    /// <summary>Whether an artifact is listed as finished.</summary>
    /// <param name="path">A file, or a folder of which at least one file is listed; relative, or absolute inside the run folder.</param>
    /// <returns>True when listed; <see cref="Verify"/> says whether it is still as it was.</returns>
    public bool Contains(string path)
    {
        var name = Relative(path);
        return _artifacts.ContainsKey(name) || FilesBelow(name).Any();
    }

    /// <summary>Lists a finished artifact and saves the manifest. What was known of the same path before is replaced.</summary>
    /// <param name="path">A file, or a folder with all files in it; relative, or absolute inside the run folder.</param>
    /// <exception cref="TSpinException">The artifact is missing or unreadable, or the manifest can't be written.</exception>
    public void Add(string path)
    {
        var name = Relative(path);
        var full = Path.Combine(RunFolder, name);
        var files = Directory.Exists(full)
            ? Directory.EnumerateFiles(full, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray()
            : [full];

        var found = new List<(string Name, RunArtifact Artifact)>();
        foreach (var file in files)
        {
            var hash = FileHash.Sha256(file);
            found.Add((Relative(file), new RunArtifact(new FileInfo(file).Length, hash, _clock.GetUtcNow())));
        }

        Forget(name);
        found.ForEach(row => _artifacts[row.Name] = row.Artifact);
        Save();
    }

    /// <summary>Removes an artifact from the list, before its files are deleted, and saves the manifest.</summary>
    /// <param name="path">As for <see cref="Add"/>; not being listed is no error.</param>
    public void Remove(string path)
    {
        Forget(Relative(path));
        Save();
    }

    /// <summary>Proves that an artifact is what was finished: every file of it is there, with the same size and bytes.</summary>
    /// <param name="path">As for <see cref="Add"/>.</param>
    /// <exception cref="TSpinException">It is not listed, or a file is missing, truncated or altered: names the file and the cure.</exception>
    public void Verify(string path)
    {
        var name = Relative(path);
        string[] files = _artifacts.ContainsKey(name) ? [name] : [.. FilesBelow(name)];
        if (files.Length == 0)
        {
            throw new TSpinException($"{Path.Combine(RunFolder, name)}: {ManifestPath} does not list it as finished. Run the command that makes it again.");
        }

        foreach (var file in files)
        {
            VerifyFile(Path.Combine(RunFolder, file), _artifacts[file]);
        }
    }

    private static void VerifyFile(string path, RunArtifact expected)
    {
        const string Cure = "Restore it from a copy, or delete the stage's folder together with its lines in manifest.json and run the same command again to make it anew.";
        var info = new FileInfo(path);
        if (!info.Exists)
        {
            throw new TSpinException($"{path}: finished at {expected.Completed:yyyy-MM-dd HH:mm:ss} UTC, but missing now. {Cure}");
        }

        if (info.Length != expected.Bytes)
        {
            var what = info.Length < expected.Bytes ? $"truncated: {expected.Bytes - info.Length} of {expected.Bytes} bytes are missing" : $"altered: {info.Length} bytes instead of {expected.Bytes}";
            throw new TSpinException($"{path}: {what} since it was finished. {Cure}");
        }

        var hash = FileHash.Sha256(path);
        if (hash != expected.Sha256)
        {
            throw new TSpinException($"{path}: altered since it was finished: its SHA-256 is {hash} instead of {expected.Sha256}. {Cure}");
        }
    }

    private void Read()
    {
        if (!File.Exists(ManifestPath))
        {
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(ManifestPath));
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("artifacts", out var artifacts) || artifacts.ValueKind != JsonValueKind.Object)
            {
                throw new JsonException("There is no object \"artifacts\".");
            }

            foreach (var row in artifacts.EnumerateObject())
            {
                // An entry of a later version that can't be read counts as unfinished: made again at worst, never trusted wrongly.
                if (ReadArtifact(row.Value) is { } artifact)
                {
                    _artifacts[row.Name] = artifact;
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new TSpinException($"{ManifestPath}: not a manifest: {error.Message} Restore it from a copy, or delete it to make the run's artifacts anew.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{ManifestPath}: could not be read: {error.Message} Check its permissions.", error);
        }
    }

    private static RunArtifact? ReadArtifact(JsonElement value)
    {
        try
        {
            return value.Deserialize<RunArtifact>(Format);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Save() =>
        AtomicFile.WriteText(ManifestPath, JsonSerializer.Serialize(new Dictionary<string, object> { ["artifacts"] = _artifacts }, Format) + "\n");

    private void Forget(string name)
    {
        _artifacts.Remove(name);
        foreach (var file in FilesBelow(name).ToArray())
        {
            _artifacts.Remove(file);
        }
    }

    private IEnumerable<string> FilesBelow(string name) => _artifacts.Keys.Where(key => key.StartsWith(name + "/", StringComparison.Ordinal));

    private string Relative(string path)
    {
        var relative = Path.GetRelativePath(RunFolder, Path.GetFullPath(path, RunFolder)).Replace(Path.DirectorySeparatorChar, '/');
        return relative is "." or ".." || relative.StartsWith("../", StringComparison.Ordinal) || Path.IsPathRooted(relative)
            ? throw new ArgumentException($"{path} does not lie inside {RunFolder}.", nameof(path))
            : relative.TrimEnd('/');
    }
}
