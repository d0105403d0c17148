using System.Text.Json;
using System.Text.RegularExpressions;
using TSpin.Data;

namespace TSpin.Evaluation.Harness;

/// <summary>
/// Finds the rows of datasets below a folder: as <c>ORG/DATASET/NAME/SPLIT.EXT</c>, in the layout of the Hub's repositories (<c>NAME/SPLIT-00000-of-00001.parquet</c>,
/// <c>data/SPLIT-…</c>, <c>SPLIT.jsonl</c>, <c>NAME.csv</c>), below <c>ORG/DATASET</c>, <c>DATASET</c> or the folder itself. A file in place of the folder is the split that is evaluated.
/// </summary>
/// <param name="path">The folder, or a file.</param>
public sealed partial class DatasetFolder(string path)
{
    private const string OnlyName = "default";

    private readonly Dictionary<string, IReadOnlyList<TaskRow>> _read = [];

    /// <summary>What the user named.</summary>
    public string Path { get; } = path;

    private string Folder => File.Exists(Path) ? System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))! : Path;

    /// <summary>Reads a split; once, however often it is asked for.</summary>
    /// <param name="data">The dataset.</param>
    /// <param name="split">The split's name.</param>
    /// <returns>Its rows, in order; at least one.</returns>
    /// <exception cref="TSpinException">There is none: says what to get and where to put it. Or a file cannot be read, or is empty.</exception>
    public IReadOnlyList<TaskRow> Rows(TaskData data, string split)
    {
        var files = FilesOf(data, split);
        var key = string.Join('\n', files);
        if (!_read.TryGetValue(key, out var rows))
        {
            rows = [.. files.SelectMany(Read)];
            _read[key] = rows.Count > 0 ? rows : throw new TSpinException($"{files[0]}: holds no rows; the split {split} of {data.Path} has some. Fetch the file again.");
        }

        return rows;
    }

    /// <summary>The files that a split is read from.</summary>
    /// <param name="data">The dataset.</param>
    /// <param name="split">The split's name.</param>
    /// <returns>At least one.</returns>
    /// <exception cref="TSpinException">There is none: says what to get and where to put it.</exception>
    public IReadOnlyList<string> FilesOf(TaskData data, string split) => File.Exists(Path) && split == data.Evaluated ? [Path] : Files(data, split);

    private static IEnumerable<TaskRow> Read(string file) => SourceRecords.Read(file).Select((line, i) =>
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.ValueKind == JsonValueKind.Object ? new TaskRow(document.RootElement.Clone(), $"{file}, row {i + 1}")
            : throw new TSpinException($"{file}, row {i + 1}: is no object with the dataset's columns. Give the dataset in the Hub's columns.");
    });

    private IReadOnlyList<string> Files(TaskData data, string split)
    {
        if (!Directory.Exists(Folder))
        {
            throw new TSpinException($"{Path}: there is no such folder; --data names a folder with the datasets of the tasks. {Cure(data, split)}");
        }

        foreach (var folder in Places(data))
        {
            if (Split(folder, split) is { Count: > 0 } files)
            {
                return files;
            }
        }

        // A configuration that is one file, as in tables of a single split.
        foreach (var repository in Repositories(data))
        {
            if (data.Name is { } name && split == data.Training && Split(repository, name) is { Count: > 0 } files)
            {
                return files;
            }
        }

        throw new TSpinException($"{Path}: the split {split} of {Called(data)} is not there. {Cure(data, split)}");
    }

    private IEnumerable<string> Places(TaskData data) => Repositories(data).SelectMany(repository =>
    {
        string[] names = data.Name is { } name ? [name] : [OnlyName, "data", ""];
        return names.Select(place => System.IO.Path.Combine(repository, place));
    });

    private IEnumerable<string> Repositories(TaskData data)
    {
        foreach (var path in data.OtherPaths.Prepend(data.Path))
        {
            yield return System.IO.Path.Combine(Folder, path);
            yield return System.IO.Path.Combine(Folder, path[(path.IndexOf('/', StringComparison.Ordinal) + 1)..]);
        }

        yield return Folder;
    }

    private static IReadOnlyList<string> Split(string folder, string split)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        var files = Directory.GetFiles(folder).Where(file => IsOf(System.IO.Path.GetFileName(file), split)).Order(NaturalOrder.Instance).ToArray();
        // The same rows in two kinds of files count once.
        return [.. files.GroupBy(Kind).FirstOrDefault() ?? Enumerable.Empty<string>()];

        static string Kind(string file) => Ending().Match(file).Groups[1].Value;
    }

    private static bool IsOf(string file, string split) =>
        file.StartsWith(split, StringComparison.Ordinal) && Ending().Match(file) is { Success: true } ending && Shard().IsMatch(file[split.Length..ending.Index]);

    private static string Called(TaskData data) => data.Name is { } name ? $"{data.Path} ({name})" : data.Path;

    private static string Cure(TaskData data, string split) =>
        $"Fetch it from huggingface.co/datasets/{data.Path} and put it at {data.Path}/{data.Name ?? OnlyName}/{split}.parquet (or .jsonl, .json, .csv) below the folder of --data; the Hub's own file names do too.";

    [GeneratedRegex(@"\.(jsonl|ndjson|json|parquet|arrow|csv|tsv)(\.gz|\.zst)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Ending();

    [GeneratedRegex(@"^(-\d+-of-\d+)?(-[0-9a-f]{8,})?$", RegexOptions.CultureInvariant)]
    private static partial Regex Shard();
}
