using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using TSpin.Files;

namespace TSpin.Hub;

/// <summary>
/// Brings files of a hub's repository to this machine, into the cache that huggingface_hub uses too. Only what is missing is fetched; an interrupted
/// download continues where it stopped; contents are checked against their names (SHA-256, or git's SHA-1 for small files).
/// </summary>
public sealed class HubSnapshot : IDisposable
{
    private readonly HubSettings _settings;
    private readonly HubClient _client;
    private readonly IProgress<HubProgress>? _progress;

    /// <summary>Prepares; asks nothing yet.</summary>
    /// <param name="settings">Where the hub and the cache are.</param>
    /// <param name="progress">Told after every block that arrives.</param>
    public HubSnapshot(HubSettings settings, IProgress<HubProgress>? progress = null)
    {
        _settings = settings;
        _client = new HubClient(settings);
        _progress = progress;
    }

    /// <summary>A model's configuration, tokenizer, chat templates and safetensors weights; or the one GGUF file that the reference names. Pickled weights are never fetched.</summary>
    /// <param name="model">The repository.</param>
    /// <param name="cancellation">Stops; what has arrived stays and is continued.</param>
    /// <returns>The folder of the snapshot, or the path of the named file in it.</returns>
    /// <exception cref="TSpinException">No such repository, revision or file; no access; a repository without safetensors; a damaged download; a full disk.</exception>
    /// <exception cref="HubUnreachableException">No usable answer, and the cache cannot do without.</exception>
    public async Task<string> ModelAsync(HubReference model, CancellationToken cancellation = default)
    {
        var (cache, commit, paths) = await OpenAsync(HubKind.Model, model, HubModelFiles.IsComplete, HubModelFiles.HasTokenizer, cancellation).ConfigureAwait(false);
        if (paths is not null)
        {
            if (model.Files is not null)
            {
                await FetchAsync(HubKind.Model, model, cache, commit, RequireNamed(HubKind.Model, model, paths), cancellation).ConfigureAwait(false);
            }
            else
            {
                await FetchAsync(HubKind.Model, model, cache, commit, HubModelFiles.Small(paths), cancellation).ConfigureAwait(false);
                await FetchAsync(HubKind.Model, model, cache, commit, HubModelFiles.Weights(model, paths, cache.Snapshot(commit)), cancellation).ConfigureAwait(false);
            }

            cache.Remember(model.Revision, commit);
        }

        var folder = cache.Snapshot(commit);
        return model.Files is null || model.Files.Contains('*', StringComparison.Ordinal) || model.Files.Contains('?', StringComparison.Ordinal) ? folder : Path.Combine(folder, model.Files);
    }

    /// <summary>Files of a dataset.</summary>
    /// <param name="dataset">The repository; without a file or pattern, its only data file or the files of a split.</param>
    /// <param name="split">Which split that is.</param>
    /// <param name="cancellation">Stops; what has arrived stays and is continued.</param>
    /// <returns>Paths of the files, in the order of their names.</returns>
    /// <exception cref="TSpinException">As <see cref="ModelAsync"/>; or it is not clear which files are meant (lists them).</exception>
    /// <exception cref="HubUnreachableException">No usable answer, and the cache cannot do without.</exception>
    public Task<IReadOnlyList<string>> DatasetAsync(
        HubReference dataset, HubSplit split = HubSplit.Training, CancellationToken cancellation = default)
    {
        var page = _client.PageOf(HubKind.Dataset, dataset.Id);
        return DatasetAsync(dataset, paths => HubDatasetFiles.Choose(dataset, split, paths, page), cancellation);
    }

    /// <summary>Files of a dataset that the caller chooses.</summary>
    /// <param name="dataset">The repository; its <see cref="HubReference.Files"/> are not looked at.</param>
    /// <param name="choose">
    /// Given the paths of all files in the repository (or, where nobody can be asked, of those in the cache), those that
    /// are wanted; throws <see cref="TSpinException"/> where some are not there.
    /// </param>
    /// <param name="cancellation">Stops; what has arrived stays and is continued.</param>
    /// <returns>Paths of the files, in the order in which they were chosen.</returns>
    /// <exception cref="TSpinException">As <see cref="ModelAsync"/>, or what <paramref name="choose"/> throws.</exception>
    /// <exception cref="HubUnreachableException">No usable answer, and the cache cannot do without.</exception>
    public async Task<IReadOnlyList<string>> DatasetAsync(
        HubReference dataset, Func<IReadOnlyCollection<string>, IReadOnlyList<string>> choose,
        CancellationToken cancellation = default)
    {
        var (cache, commit, paths) =
            await OpenAsync(HubKind.Dataset, dataset, HasChosen, (_, _) => true, cancellation).ConfigureAwait(false);
        var folder = cache.Snapshot(commit);
        var chosen = choose(paths ?? HubDatasetFiles.Under(folder));
        if (paths is not null)
        {
            await FetchAsync(HubKind.Dataset, dataset, cache, commit, chosen, cancellation).ConfigureAwait(false);
            cache.Remember(dataset.Revision, commit);
        }

        return [.. chosen.Select(path => Path.Combine(folder, path))];

        bool HasChosen(string snapshot, HubReference _)
        {
            try
            {
                return Directory.Exists(snapshot)
                    && HubDatasetFiles.HasAllShards(choose(HubDatasetFiles.Under(snapshot)), dataset);
            }
            catch (TSpinException)
            {
                return false;
            }
        }
    }

    /// <summary>Files of a dataset that are in the cache already; nobody is asked.</summary>
    /// <param name="cacheFolder">The cache, see <see cref="HubSettings.CacheFolder"/>.</param>
    /// <param name="dataset">The repository and its files.</param>
    /// <param name="split">The split where it names none.</param>
    /// <returns>Paths of the files, in the order of their names.</returns>
    /// <exception cref="TSpinException">They are not there.</exception>
    public static IReadOnlyList<string> DatasetInCache(
        string cacheFolder, HubReference dataset, HubSplit split = HubSplit.Training)
    {
        using var snapshot = new HubSnapshot(new HubSettings { CacheFolder = cacheFolder, Offline = true });
        return snapshot.DatasetAsync(dataset, split).GetAwaiter().GetResult();
    }

    /// <summary>The folder of a dataset in a cache: of the commit at which its branch <c>main</c> stood last.</summary>
    /// <param name="cacheFolder">The cache, or any other folder.</param>
    /// <param name="id"><c>org/name</c>.</param>
    /// <returns>The snapshot's folder; null where the dataset is not in it.</returns>
    public static string? DatasetFolderInCache(string cacheFolder, string id)
    {
        var cache = new HubCache(cacheFolder, HubKind.Dataset, id);
        return cache.CommitOf("main") is { } commit && Directory.Exists(cache.Snapshot(commit))
            ? cache.Snapshot(commit) : null;
    }

    /// <summary>Closes connections.</summary>
    public void Dispose() => _client.Dispose();

    // The commit and its files; no files where the cache has to do, or already does because the revision is a commit.
    private async Task<(HubCache Cache, string Commit, string[]? Paths)> OpenAsync(
        HubKind kind, HubReference repository, Func<string, HubReference, bool> isComplete, Func<string, HubReference, bool> lacksNothing, CancellationToken cancellation)
    {
        var cache = new HubCache(_settings.CacheFolder, kind, repository.Id);
        var known = cache.CommitOf(repository.Revision) is { } commit && isComplete(cache.Snapshot(commit), repository) ? commit : null;
        if (known is not null && (_settings.Offline || (HubCache.IsCommit(repository.Revision) && lacksNothing(cache.Snapshot(known), repository))))
        {
            return (cache, known, null);
        }

        if (_settings.Offline)
        {
            throw new HubUnreachableException(
                $"{repository} is not (wholly) in the cache {cache.Folder}, and HF_HUB_OFFLINE forbids to fetch it. "
                + "Unset HF_HUB_OFFLINE, or name a local folder or file.");
        }

        try
        {
            var (current, paths) = await _client.ListAsync(kind, repository, cancellation).ConfigureAwait(false);
            return (cache, current, paths);
        }
        catch (HubUnreachableException) when (known is not null)
        {
            return (cache, known, null);
        }
    }

    private static string[] RequireNamed(HubKind kind, HubReference repository, string[] paths)
    {
        var named = paths.Where(repository.Covers).Order(StringComparer.Ordinal).ToArray();
        var pickled = Array.Find(named, HubModelFiles.IsPickle);
        return pickled is not null && kind == HubKind.Model ? throw HubModelFiles.Pickled(repository, pickled)
            : named.Length > 0 ? named
            : throw new TSpinException($"{repository.Id}@{repository.Revision} has no file {Excerpt.Of(repository.Files)}. It has: {string.Join(", ", paths.Take(20))}{(paths.Length > 20 ? ", …" : "")}");
    }

    private async Task FetchAsync(HubKind kind, HubReference repository, HubCache cache, string commit, IReadOnlyList<string> paths, CancellationToken cancellation)
    {
        var missing = new List<HubFile>();
        foreach (var path in paths.Where(path => !cache.Has(commit, path)))
        {
            missing.Add(await _client.AskAsync(kind, repository, commit, path, cancellation).ConfigureAwait(false));
        }

        DiskSpace.Require(cache.Folder, missing.Where(file => !File.Exists(cache.Blob(file.ETag))).Sum(file => file.Bytes), $"the files of {repository.Id}");
        var total = missing.Sum(file => file.Bytes);
        var clock = Stopwatch.StartNew();
        var (done, arrived) = (0L, 0L);
        for (var i = 0; i < missing.Count; i++)
        {
            var file = missing[i];
            var start = -1L;
            await FetchAsync(kind, repository, cache, file, length =>
            {
                arrived += start < 0 ? 0 : Math.Max(0, length - start);
                start = length;
                var rate = arrived > 0 ? arrived / clock.Elapsed.TotalSeconds : 0;
                _progress?.Report(new HubProgress(file.Path, i + 1, missing.Count, done + length, total, rate, rate > 0 ? (total - done - length) / rate : null));
            }, cancellation).ConfigureAwait(false);
            done += file.Bytes;
            cache.Link(file);
        }
    }

    private async Task FetchAsync(HubKind kind, HubReference repository, HubCache cache, HubFile file, Action<long> received, CancellationToken cancellation)
    {
        try
        {
            await using var held = await cache.LockAsync(file.ETag, cancellation).ConfigureAwait(false);
            var blob = cache.Blob(file.ETag);
            if (File.Exists(blob))
            {
                received(file.Bytes);
                return;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
            var partial = blob + ".incomplete";
            await _client.FetchAsync(kind, repository, file, partial, received, cancellation).ConfigureAwait(false);
            if (!await IsNamedAsync(partial, file, cancellation).ConfigureAwait(false))
            {
                File.Delete(partial);
                throw new TSpinException($"{file.Address}: the {file.Bytes:N0} bytes that arrived are not the content named {file.ETag}; they were deleted. Run the same command again; if it repeats, a proxy alters downloads or the server is damaged.");
            }

            File.Move(partial, blob, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{cache.Folder}: could not be written: {error.Message} Check free space and permissions, or set HF_HUB_CACHE to another folder; what has arrived is kept, and the same command continues.", error);
        }
    }

    // Servers other than the hub may name contents by anything; then the size is all there is to check.
    private static async Task<bool> IsNamedAsync(string path, HubFile file, CancellationToken cancellation)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
        if (stream.Length != file.Bytes)
        {
            return false;
        }

        if (!file.ETag.All(char.IsAsciiHexDigitLower))
        {
            return true;
        }

        return file.ETag.Length switch
        {
            64 => Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation).ConfigureAwait(false)) == file.ETag,
            40 => await GitNameAsync(stream, cancellation).ConfigureAwait(false) == file.ETag,
            _ => true,
        };
    }

    // What git calls a file's content: SHA-1 of "blob SIZE\0" and the bytes. A name, not a signature.
#pragma warning disable CA5350
    private static async Task<string> GitNameAsync(Stream stream, CancellationToken cancellation)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        sha.AppendData(Encoding.ASCII.GetBytes($"blob {stream.Length}\0"));
        var buffer = new byte[1 << 16];
        while (await stream.ReadAsync(buffer, cancellation).ConfigureAwait(false) is var count and > 0)
        {
            sha.AppendData(buffer, 0, count);
        }

        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }
#pragma warning restore CA5350
}
