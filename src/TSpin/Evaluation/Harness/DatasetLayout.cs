using System.Text.RegularExpressions;
using TSpin.Data;

namespace TSpin.Evaluation.Harness;

/// <summary>How datasets lie in folders and in the Hub's repositories: which files a split is.</summary>
internal static partial class DatasetLayout
{
    /// <summary>What a folder is called that holds the only configuration.</summary>
    public const string OnlyName = "default";

    /// <summary>The files of a split.</summary>
    /// <param name="data">The dataset.</param>
    /// <param name="split">The split's name.</param>
    /// <param name="repositories">
    /// Folders to look in, the first that has the split counts; and whether it is the dataset's own repository.
    /// </param>
    /// <param name="namesIn">The names of the files that lie in a folder itself; none where there is no such folder.</param>
    /// <returns>Paths as the folders have them, in natural order; none where the split is not there.</returns>
    public static IReadOnlyList<string> Find(
        TaskData data, string split, IReadOnlyList<(string Folder, bool IsOwn)> repositories,
        Func<string, IEnumerable<string>> namesIn)
    {
        string[] places = data.Name is { } configuration ? [configuration] : [OnlyName, "data", ""];
        return repositories.SelectMany(repository => places.Select(place => Split(Join(repository.Folder, place), split)))
            // A configuration that is one file, as in tables of a single split.
            .Concat(repositories.Where(_ => data.Name is not null && split == data.Training)
                .Select(repository => Split(repository.Folder, data.Name!)))
            // And a repository whose only file is named for nothing: the Hub then calls its rows "train".
            .Concat(repositories.Where(repository => repository.IsOwn && data.Name is null && split == "train")
                .Select(repository => Only(repository.Folder)))
            .FirstOrDefault(files => files.Length > 0) ?? [];

        string[] Split(string folder, string name) => Kept(folder, file => IsOf(file, name));

        string[] Only(string folder) =>
            Kept(folder, file => Ending().IsMatch(file) && !Description().IsMatch(file)) is [var file] ? [file] : [];

        // The same rows in two kinds of files count once.
        string[] Kept(string folder, Func<string, bool> isKept) =>
            [.. namesIn(folder).Where(isKept).Order(NaturalOrder.Instance)
                .GroupBy(file => Ending().Match(file).Groups[1].Value).FirstOrDefault()?.Select(file => Join(folder, file)) ?? []];
    }

    /// <summary>The same in a repository whose files are listed.</summary>
    /// <param name="data">The dataset.</param>
    /// <param name="split">The split's name.</param>
    /// <param name="paths">All files of the repository.</param>
    /// <param name="isOwn">Whether the repository is the dataset's own; it may be one that holds several datasets.</param>
    /// <returns>Some of <paramref name="paths"/>; none where the split is not there.</returns>
    public static IReadOnlyList<string> FindListed(TaskData data, string split, IEnumerable<string> paths, bool isOwn)
    {
        var names = paths.ToLookup(
            path => path[..Math.Max(0, path.LastIndexOf('/'))], path => path[(path.LastIndexOf('/') + 1)..], StringComparer.Ordinal);
        return Find(data, split, isOwn ? [("", true)] : [.. Repositories(data).Select(folder => (folder, true)), ("", false)], folder => names[folder]);
    }

    /// <summary>Where a folder of several datasets may hold one: <c>ORG/DATASET</c>, or <c>DATASET</c>.</summary>
    /// <param name="data">The dataset.</param>
    /// <returns>Paths below the folder.</returns>
    public static IEnumerable<string> Repositories(TaskData data) => data.OtherPaths.Prepend(data.Path)
        .SelectMany(path => new[] { path, path[(path.IndexOf('/', StringComparison.Ordinal) + 1)..] });

    /// <summary>What to do where a split is missing.</summary>
    /// <param name="data">The dataset.</param>
    /// <param name="splits">The splits.</param>
    /// <returns>A sentence: what to fetch, and where to put it.</returns>
    public static string Cure(TaskData data, params IEnumerable<string> splits)
    {
        string[] places = [.. splits.Select(split => $"{data.Path}/{data.Name ?? OnlyName}/{split}.parquet")];
        return $"Fetch it from huggingface.co/datasets/{data.Path} and put it at {string.Join(" and ", places)} (or .jsonl, .json, .csv) "
            + "below the folder of --data or evaluation.datasets; the Hub's own file names do too.";
    }

    /// <summary>The dataset and its configuration, for messages.</summary>
    /// <param name="data">The dataset.</param>
    /// <returns>For example <c>openai/gsm8k (main)</c>.</returns>
    public static string Called(TaskData data) => data.Name is { } name ? $"{data.Path} ({name})" : data.Path;

    private static string Join(string folder, string name) =>
        folder.Length == 0 ? name : name.Length == 0 ? folder : $"{folder}/{name}";

    private static bool IsOf(string file, string split) =>
        file.StartsWith(split, StringComparison.Ordinal) && Ending().Match(file) is { Success: true } ending
            && Shard().IsMatch(file[split.Length..ending.Index]);

    [GeneratedRegex(@"\.(jsonl|ndjson|json|parquet|arrow|csv|tsv)(\.gz|\.zst)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Ending();

    [GeneratedRegex(@"^(-\d+-of-\d+)?(-[0-9a-f]{8,})?$", RegexOptions.CultureInvariant)]
    private static partial Regex Shard();

    // What a dataset keeps beside its rows, and splits that are no training split.
    [GeneratedRegex(
        @"^(dataset_infos?|dataset_dict|state)\.json$|(^|[_.-])(test|validation|valid|val|dev)[_.-]",
        RegexOptions.CultureInvariant)]
    private static partial Regex Description();
}
