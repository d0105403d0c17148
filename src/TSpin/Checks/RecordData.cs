using TSpin.Evaluation.Harness;
using TSpin.Hub;
using TSpin.SelfPlay;

namespace TSpin.Checks;

/// <summary>Where the rows are that a record was asked about: a folder, or a hub from which they are fetched.</summary>
/// <param name="request">Names it.</param>
/// <param name="path">The folder or the name on a hub: the request's, or what stands in for it.</param>
internal sealed class RecordData(EvaluationCheckRequest request, string path)
{
    private readonly Dictionary<string, DatasetFolder> _folders = new(StringComparer.Ordinal);

    /// <summary>What belongs to the harness itself.</summary>
    public HarnessFolder Harness { get; } = HarnessFolder.Of(
        request.Harness, HubReference.IsMarked(path) ? "." : path, request.Langdetect, request.Punkt);

    /// <summary>The folder with what tasks read.</summary>
    /// <param name="tasks">The tasks.</param>
    /// <param name="asked">How they are asked.</param>
    /// <returns>The same one for the same path, so that a file is read once.</returns>
    /// <exception cref="TSpinException">The hub cannot be reached or lacks a dataset.</exception>
    public DatasetFolder FolderOf(IReadOnlyList<HarnessTask> tasks, HarnessSettings asked)
    {
        var folder = HubInputs.Datasets(
            "--data", path, tasks, asked, () => HubSettings.FromEnvironment(), request.Progress, CancellationToken.None);
        if (!_folders.TryGetValue(folder, out var known))
        {
            _folders[folder] = known = new DatasetFolder(folder);
        }

        return known;
    }
}
