using System.Globalization;
using System.Text.RegularExpressions;

namespace TSpin.Hub;

/// <summary>Which files of a dataset's repository are meant.</summary>
internal static partial class HubDatasetFiles
{
    /// <summary>The files that a reference names; where it names none, the only data file, or those of a split.</summary>
    public static string[] Choose(HubReference dataset, HubSplit split, IReadOnlyCollection<string> paths, Uri page)
    {
        var data = paths.Where(path => Data().IsMatch(path)).Order(StringComparer.Ordinal).ToArray();
        data = data.Length > 0 ? data : [.. paths.Where(path => OtherData().IsMatch(path)).Order(StringComparer.Ordinal)];
        if (dataset.Files is not null)
        {
            var named = paths.Where(dataset.Covers).Order(StringComparer.Ordinal).ToArray();
            return named.Length > 0 ? named : throw Unclear($"has no file {dataset.Files}");
        }

        Regex[] names = split == HubSplit.Training ? [Train()] : [Test(), Validation()];
        Regex[] others = split == HubSplit.Training ? [Test(), Validation()] : [Train()];
        if (data.Length == 1 && !others.Any(name => name.IsMatch(data[0])))
        {
            return data;
        }

        var chosen = names.Select(name => data.Where(path => name.IsMatch(path)).ToArray()).FirstOrDefault(files => files.Length > 0) ?? [];
        // Several configurations each have such a split; which one is meant nobody can guess.
        return chosen.Length > 0 && chosen.Select(path => (Path.GetDirectoryName(path), Shard().Replace(path, ""))).Distinct().Count() == 1
            ? chosen
            : throw Unclear(data.Length == 0 ? "has no .jsonl, .json, .parquet, .csv, .tsv or .arrow file" : $"has no single {(split == HubSplit.Training ? "train" : "test or validation")} split");

        TSpinException Unclear(string what) => new(
            $"{dataset.Id}@{dataset.Revision} {what}. Name files as hub:{dataset.Id}:PATH, where * stands for any characters but a slash. It has: {string.Join(", ", (data.Length > 0 ? data : [.. paths]).Take(20))}{(Math.Max(data.Length, 0) > 20 ? ", …" : "")} ({page})");
    }

    /// <summary>
    /// Whether of every set of shards (<c>-00000-of-00003</c>) among files all are there; a file that is named alone
    /// needs no others.
    /// </summary>
    public static bool HasAllShards(IReadOnlyCollection<string> paths, HubReference dataset) =>
        paths.Count > 0 && (dataset.Files?.AsSpan().IndexOfAny('*', '?') < 0
            || paths.Select(path => (Path: path, Shard: Shard().Match(path))).Where(file => file.Shard.Success)
                .GroupBy(file => Shard().Replace(file.Path, "-of-" + file.Shard.Groups[2].Value), StringComparer.Ordinal)
                .All(set => set.Count() == int.Parse(set.First().Shard.Groups[2].Value, CultureInfo.InvariantCulture)));

    /// <summary>Paths below a snapshot's folder whose content is here.</summary>
    public static string[] Under(string snapshot) => Directory.Exists(snapshot)
        ? [.. Directory.EnumerateFiles(snapshot, "*", SearchOption.AllDirectories).Where(HubCache.IsHere).Select(file => Path.GetRelativePath(snapshot, file).Replace('\\', '/'))]
        : [];

    [GeneratedRegex(@"\.(jsonl|json|parquet)(\.gz|\.zst)?$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Data();

    // Only where none of the kinds above is there: a repository of Parquet files may have a table of something else beside them.
    [GeneratedRegex(@"\.((csv|tsv)(\.gz|\.zst)?|arrow)$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex OtherData();

    // The split's name as the hub's own convention finds it: a word of its own in the path.
    [GeneratedRegex(@"(^|[/_.-])train([/_.-]|$)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Train();

    [GeneratedRegex(@"(^|[/_.-])test([/_.-]|$)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Test();

    [GeneratedRegex(@"(^|[/_.-])(validation|valid|val|dev)([/_.-]|$)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Validation();

    [GeneratedRegex(@"-(\d{3,6})-of-(\d{3,6})", RegexOptions.CultureInvariant)]
    private static partial Regex Shard();
}
