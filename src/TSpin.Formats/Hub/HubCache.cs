using System.Globalization;
using TSpin.Files;

namespace TSpin.Hub;

/// <summary>
/// One repository in the cache that huggingface_hub lays out: <c>blobs/ETAG</c> holds contents, <c>refs/REVISION</c> the commit that a branch or tag
/// stood at, and <c>snapshots/COMMIT/PATH</c> links to blobs.
/// </summary>
internal sealed class HubCache
{
    private readonly string _locks;

    public HubCache(string cacheFolder, HubKind kind, string id)
    {
        var name = $"{(kind == HubKind.Model ? "models" : "datasets")}--{id.Replace("/", "--", StringComparison.Ordinal)}";
        Folder = Path.Combine(cacheFolder, name);
        _locks = Path.Combine(cacheFolder, ".locks", name);
    }

    public string Folder { get; }

    public string Blob(string etag) => Path.Combine(Folder, "blobs", etag);

    public string Snapshot(string commit) => Path.Combine(Folder, "snapshots", commit);

    public static bool IsCommit(string text) => text.Length == 40 && text.All(char.IsAsciiHexDigitLower);

    /// <summary>The commit that a revision stood at when it was last asked for.</summary>
    public string? CommitOf(string revision)
    {
        if (IsCommit(revision))
        {
            return revision;
        }

        var path = Path.Combine(Folder, "refs", revision);
        return File.Exists(path) && File.ReadAllText(path).Trim() is var commit && IsCommit(commit) ? commit : null;
    }

    public void Remember(string revision, string commit)
    {
        if (!IsCommit(revision))
        {
            AtomicFile.WriteText(Path.Combine(Folder, "refs", revision), commit);
        }
    }

    /// <summary>Whether content is behind a snapshot's name: a link alone, whose blob is gone, is not enough.</summary>
    public static bool IsHere(string path) => new FileInfo(path) is { Exists: true } file && (file.LinkTarget is null || file.ResolveLinkTarget(returnFinalTarget: true) is { Exists: true });

    public bool Has(string commit, string path) => IsHere(Path.Combine(Snapshot(commit), path));

    /// <summary>Makes a blob appear under its name in the snapshot: as a relative link, or as a copy where the file system has none.</summary>
    public void Link(HubFile file)
    {
        var path = Path.Combine(Snapshot(file.Commit), file.Path);
        var blob = Blob(file.ETag);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (IsHere(path))
        {
            return;
        }

        try
        {
            File.Delete(path); // a link whose blob is gone
            File.CreateSymbolicLink(path, Path.GetRelativePath(Path.GetDirectoryName(path)!, blob));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException && !IsHere(path))
        {
            AtomicFile.Write(path, stream =>
            {
                using var source = File.OpenRead(blob);
                source.CopyTo(stream);
            });
        }
    }

    /// <summary>
    /// Holds one blob for this process while it is fetched, as huggingface_hub does (an exclusive flock on <c>.locks/…/ETAG.lock</c>); waits for whoever
    /// holds it now.
    /// </summary>
    public async Task<FileStream> LockAsync(string etag, CancellationToken cancellation)
    {
        Directory.CreateDirectory(_locks);
        var path = Path.Combine(_locks, etag + ".lock");
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (IOException error) when (error.HResult is 11 or 35 or unchecked((int)0x80070020))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), cancellation).ConfigureAwait(false);
            }
        }
    }

    public static string RequireSafe(string path, string repository)
    {
        var parts = path.Split('/');
        return path.Length is > 0 and <= 1000 && !path.Contains('\\', StringComparison.Ordinal) && !path.Any(char.IsControl) && parts.All(part => part is not ("" or "." or ".."))
            ? path
            : throw new TSpinException(string.Create(CultureInfo.InvariantCulture, $"{repository}: the server lists a file named {Excerpt.Of(path)}, which no repository can hold. Nothing was written."));
    }

    public static string RequireSafeTag(string etag, string address) =>
        etag.Length is > 0 and <= 200 && etag.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && etag.Trim('.').Length > 0
            ? etag
            : throw new TSpinException($"{address}: the server names the content {Excerpt.Of(etag)}, which cannot be a file's name in the cache. Is HF_ENDPOINT a Hugging Face hub?");
}
