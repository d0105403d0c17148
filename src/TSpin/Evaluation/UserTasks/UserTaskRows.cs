using System.Text.Json;
using TSpin.Data;
using TSpin.Evaluation.Harness;
using TSpin.Hub;

namespace TSpin.Evaluation.UserTasks;

/// <summary>Rows of the user's own files.</summary>
internal static class UserTaskRows
{
    private const int MostShown = 3;

    /// <summary>Reads all of them.</summary>
    /// <param name="task">The task, for messages.</param>
    /// <param name="paths">Files, folders or patterns, or names on a hub.</param>
    /// <param name="split">The split of a dataset on a hub that is named without a file.</param>
    /// <exception cref="TSpinException">A file cannot be read, a row is no object, or there are none.</exception>
    public static IReadOnlyList<TaskRow> Read(string task, IEnumerable<string> paths, HubSplit split)
    {
        string[] files = [.. paths.SelectMany(path => FilesOf(path, split))];
        TaskRow[] rows =
            [.. files.SelectMany(file => SourceRecords.Read(file)
            .Select((line, i) => Row(line, $"{file}, row {i + 1}")))];
        return rows.Length > 0 ? rows
            : throw new TSpinException(
            $"{string.Join(", ", files)}: holds no rows, so the task {task} has nothing to ask. Give a file with at least one.");
    }

    /// <summary>The files that a path means; of a name on a hub those in the cache, which were fetched before.</summary>
    /// <param name="path">A file, a folder, a pattern, or a name on a hub.</param>
    /// <param name="split">As for <see cref="Read"/>.</param>
    /// <exception cref="TSpinException">There are none.</exception>
    public static IReadOnlyList<string> FilesOf(string path, HubSplit split) => HubReference.IsMarked(path)
        ? HubSnapshot.DatasetInCache(HubSettings.FromEnvironment().CacheFolder, HubReference.Parse(path), split)
        : SourceFiles.Expand(path);

    /// <summary>Refuses rows that a task cannot ask, all at once.</summary>
    /// <param name="task">The task's name.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="make">Makes everything that the task needs of a row.</param>
    /// <exception cref="TSpinException">Some are faulty: the first few are named, all are counted.</exception>
    public static void Check(string task, IReadOnlyList<TaskRow> rows, Action<TaskRow> make)
    {
        var faults = new List<string>();
        foreach (var row in rows)
        {
            try
            {
                make(row);
            }
            catch (TSpinException error)
            {
                faults.Add(error.Message);
            }
        }

        if (faults.Count > 0)
        {
            throw new TSpinException(faults.Count == 1 ? faults[0]
                : $"{faults.Count} of the {rows.Count} rows of the task {task} cannot be asked{(faults.Count > MostShown ? "; the first" : "")}:\n{string.Join('\n', faults.Take(MostShown))}");
        }
    }

    private static TaskRow Row(ReadOnlyMemory<byte> line, string place)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.ValueKind == JsonValueKind.Object ? new TaskRow(document.RootElement.Clone(), place)
            : throw new TSpinException(
                $"{place}: is no object with columns. Correct the row: {{\"question\": \"...\", \"answer\": \"...\"}}.");
    }
}
