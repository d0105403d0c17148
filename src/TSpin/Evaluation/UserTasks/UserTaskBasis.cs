using TSpin.Evaluation.Harness;
using TSpin.Hub;

namespace TSpin.Evaluation.UserTasks;

/// <summary>What tasks of the user's own with and without choices have in common.</summary>
internal sealed class UserTaskBasis
{
    private readonly Lazy<IReadOnlyList<TaskRow>> _rows;
    private readonly Lazy<IReadOnlyList<TaskRow>?> _shots;

    public UserTaskBasis(UserTaskSettings settings)
    {
        Settings = settings;
        Text = RowTemplate.Parse(settings.Text, "doc_to_text");
        Target = settings.Target is { } target ? RowTemplate.Parse(target, "doc_to_target") : null;
        Data = new TaskData(string.Join(", ", settings.Data), Test: "test", FewShot: settings.ShotData.Count > 0
            ? "fewshot" : "test");
        _rows = new(() => UserTaskRows.Read(settings.Task, settings.Data, HubSplit.HeldOut));
        _shots = new(() => settings.ShotData.Count > 0
            ? UserTaskRows.Read(settings.Task, settings.ShotData, HubSplit.Training) : null);
    }

    public UserTaskSettings Settings { get; }

    public RowTemplate Text { get; }

    public RowTemplate? Target { get; }

    public TaskData Data { get; }

    public IReadOnlyList<TaskRow> Rows => _rows.Value;

    public IReadOnlyList<TaskRow>? Shots => _shots.Value;

    public IReadOnlyList<string> Files => [.. Settings.Data.SelectMany(path => UserTaskRows.FilesOf(path, HubSplit.HeldOut))
        .Concat(Settings.ShotData.SelectMany(path => UserTaskRows.FilesOf(path, HubSplit.Training))).Distinct()];
}
