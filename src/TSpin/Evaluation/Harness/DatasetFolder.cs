using System.Text.Json;
using System.Text.RegularExpressions;
using TSpin.Data;
using TSpin.Hub;

namespace TSpin.Evaluation.Harness;

/// <summary>
/// Finds the rows of datasets below a folder: as <c>ORG/DATASET/NAME/SPLIT.EXT</c>, in the layout of the Hub's
/// repositories (<c>NAME/SPLIT-00000-of-00001.parquet</c>, <c>data/SPLIT-…</c>, <c>SPLIT.jsonl</c>, <c>NAME.csv</c>),
/// below <c>ORG/DATASET</c>, <c>DATASET</c> or the folder itself. The folder may be the Hub's cache too, where each
/// dataset is at the commit of its branch <c>main</c>. A file in place of the folder is the split that is evaluated.
/// </summary>
/// <param name="path">The folder, or a file.</param>
public sealed partial class DatasetFolder(string path)
{
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

    /// <summary>What a file is, whichever commit of its dataset it belongs to.</summary>
    /// <param name="file">One of <see cref="FilesOf"/>.</param>
    /// <returns>Its path below the folder; in the Hub's cache <c>ORG/DATASET</c> and the path in the repository.</returns>
    internal string RoleOf(string file) => InCache().Replace(System.IO.Path.GetRelativePath(Path, file), "$1/$2/");

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
            throw new TSpinException(
                $"{Path}: there is no such folder; --data names a folder with the datasets of the tasks. "
                + DatasetLayout.Cure(data, split));
        }

        return DatasetLayout.Find(data, split, [.. Repositories(data)], NamesIn) is { Count: > 0 } files ? files
            : throw new TSpinException(
                $"{Path}: the split {split} of {DatasetLayout.Called(data)} is not there. {DatasetLayout.Cure(data, split)}");
    }

    private IEnumerable<(string Folder, bool IsOwn)> Repositories(TaskData data)
    {
        foreach (var folder in DatasetLayout.Repositories(data))
        {
            yield return (System.IO.Path.Combine(Folder, folder), true);
        }

        string[] ids = [data.Path, .. data.OtherPaths];
        foreach (var snapshot in ids.Select(id => HubSnapshot.DatasetFolderInCache(Folder, id)).OfType<string>())
        {
            yield return (snapshot, true);
        }

        yield return (Folder, Snapshot().Match(Folder) is { Success: true } own
            && ids.Contains($"{own.Groups[1].Value}/{own.Groups[2].Value}"));
    }

    private static IEnumerable<string> NamesIn(string folder) =>
        Directory.Exists(folder) ? Directory.GetFiles(folder).Select(file => System.IO.Path.GetFileName(file)) : [];

    // As HubCache lays it out; no name on the Hub has two hyphens in a row.
    [GeneratedRegex("^datasets--(.+?)--(.+?)/snapshots/[0-9a-f]{40}/", RegexOptions.CultureInvariant)]
    private static partial Regex InCache();

    [GeneratedRegex("/datasets--(.+?)--(.+?)/snapshots/[0-9a-f]{40}/?$", RegexOptions.CultureInvariant)]
    private static partial Regex Snapshot();
}
