using TSpin.Evaluation.Harness;
using TSpin.Hub;

namespace TSpin.SelfPlay;

/// <summary>
/// What tasks of an evaluation ask, fetched from a hub: the splits that they read, and nothing else of their datasets.
/// </summary>
internal static class HubDatasets
{
    /// <summary>Fetches the datasets of tasks.</summary>
    /// <param name="name"><c>hub:</c>, each task's own dataset; or <c>hub:org/name@revision</c>, one repository that has them.</param>
    /// <param name="tasks">The tasks.</param>
    /// <param name="asked">How they are asked: says whether they read examples.</param>
    /// <param name="snapshot">Fetches.</param>
    /// <param name="cacheFolder">Where it puts what it fetches.</param>
    /// <param name="cancellation">Stops; what has arrived is kept.</param>
    /// <returns>A folder for <see cref="DatasetFolder"/>: the cache, or the repository's snapshot in it.</returns>
    /// <exception cref="TSpinException">
    /// A dataset cannot be fetched and is not in the cache: says what to fetch, and where to put it.
    /// </exception>
    public static string Fetch(
        string name, IReadOnlyList<HarnessTask> tasks, HarnessSettings asked, HubSnapshot snapshot, string cacheFolder,
        CancellationToken cancellation)
    {
        var needed = tasks.SelectMany(task => asked.SplitsOf(task).Select(split => (task.Data, Split: split)))
            .DistinctBy(need => (need.Data.Path, need.Data.Name, need.Split)).ToArray();
        if (name == HubReference.Scheme)
        {
            foreach (var dataset in needed.GroupBy(need => need.Data.Path))
            {
                Files(new HubReference(dataset.Key), [.. dataset], isOwn: true, snapshot, cancellation);
            }

            return Path.GetFullPath(cacheFolder);
        }

        var repository = HubReference.Parse(name);
        if (repository.Files is not null)
        {
            throw new TSpinException(
                $"{name}: names a file, and tasks ask for splits by their names. "
                + $"Name the repository alone: {HubReference.Scheme}{repository with { Files = null }}.");
        }

        if (needed.Length == 0)
        {
            throw new TSpinException(
                $"{name}: no task asks for a dataset. Leave it out, or name a task of lm-evaluation-harness.");
        }

        var isOwn = needed.All(need => need.Data.Path == repository.Id || need.Data.OtherPaths.Contains(repository.Id));
        var file = Files(repository, needed, isOwn, snapshot, cancellation);
        return Parent(file.Path, 1 + file.Name.Count(character => character == '/'));
    }

    private static (string Path, string Name) Files(
        HubReference repository, IReadOnlyList<(TaskData Data, string Split)> needed, bool isOwn, HubSnapshot snapshot,
        CancellationToken cancellation)
    {
        var names = new List<string>();
        try
        {
            var files = snapshot.DatasetAsync(repository, Choose, cancellation).GetAwaiter().GetResult();
            return (files[0], names[0]);
        }
        catch (HubUnreachableException error)
        {
            throw new HubUnreachableException($"{error.Message} Or without a hub: {Cure()}", error);
        }

        // Also asked of what is in the cache, before the repository's own listing.
        IReadOnlyList<string> Choose(IReadOnlyCollection<string> paths)
        {
            names.Clear();
            foreach (var (data, split) in needed)
            {
                var found = DatasetLayout.FindListed(data, split, paths, isOwn);
                names.AddRange(found.Count > 0 ? found : throw new TSpinException(
                    $"{repository}: has no split {split} of {DatasetLayout.Called(data)}; it holds {Listed(paths)}. "
                    + DatasetLayout.Cure(data, split)));
            }

            return [.. names.Distinct()];
        }

        string Cure()
        {
            string[] cures = [.. needed.GroupBy(need => (need.Data.Path, need.Data.Name))
                .Select(dataset => DatasetLayout.Cure(dataset.First().Data, dataset.Select(need => need.Split)))];
            return string.Join(' ', cures.Take(3)) + (cures.Length > 3 ? " And so on for the others." : "");
        }
    }

    private static string Listed(IReadOnlyCollection<string> paths) =>
        string.Join(", ", paths.Order(StringComparer.Ordinal).Take(10)) + (paths.Count > 10 ? ", …" : "");

    private static string Parent(string path, int levels) =>
        levels == 0 ? path : Parent(Path.GetDirectoryName(path)!, levels - 1);
}
