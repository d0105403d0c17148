using TSpin.Evaluation.Harness;

namespace TSpin.Evaluation.Tasks;

/// <summary>ARC (Clark et al. 2018): <c>arc_easy</c>, <c>arc_challenge</c>.</summary>
/// <param name="name">Its name in the harness.</param>
/// <param name="configuration">Its name on the Hub.</param>
/// <param name="usualShots">Examples in <c>tspin eval</c>.</param>
public sealed class ArcTask(string name, string configuration, int usualShots) : ChoiceTask
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override TaskData Data { get; } = new("allenai/ai2_arc", configuration, Training: "train", Validation: "validation", Test: "test");

    /// <inheritdoc/>
    public override double Version => 1.0;

    /// <inheritdoc/>
    public override int UsualShots => usualShots;

    /// <inheritdoc/>
    public override IReadOnlyList<TaskMetric> Metrics { get; } = [TaskMetric.Accuracy, TaskMetric.NormalizedAccuracy];

    /// <inheritdoc/>
    public override string Text(TaskRow row) => $"Question: {row.Text("question")}\nAnswer:";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Choices(TaskRow row) => row.Child("choices").Texts("text");

    /// <inheritdoc/>
    public override TaskTarget Target(TaskRow row)
    {
        var (labels, key) = (row.Child("choices").Texts("label"), row.Text("answerKey"));
        var at = labels.ToList().IndexOf(key);
        return at >= 0 ? TaskTarget.Of(at) : throw row.Fault("answerKey", $"is \"{key}\", and the choices are {string.Join(", ", labels)}");
    }
}
