using TSpin.Evaluation.Harness;

namespace TSpin.Evaluation.Tasks;

/// <summary>MMLU-Pro (Wang et al. 2024) as the leaderboard asks it, by the likeliest letter: <c>leaderboard_mmlu_pro</c>.</summary>
public sealed class MmluProTask : ChoiceTask
{
    private const int Most = 26;

    /// <inheritdoc/>
    public override string Name => "leaderboard_mmlu_pro";

    /// <inheritdoc/>
    public override TaskData Data { get; } = new("TIGER-Lab/MMLU-Pro", Test: "test", FewShot: "validation");

    /// <inheritdoc/>
    public override double Version => 0.1;

    /// <inheritdoc/>
    public override int? Shots => 5;

    /// <inheritdoc/>
    public override bool TakesFirstShots => true;

    /// <inheritdoc/>
    public override IReadOnlyList<TaskMetric> Metrics { get; } = [TaskMetric.Accuracy];

    /// <inheritdoc/>
    public override string Text(TaskRow row) => $"{row.Text("question")}\n{string.Concat(Choices(row).Zip(row.Texts("options"), (letter, option) => $"{letter}. {option}\n"))}Answer:";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Choices(TaskRow row) => row.Texts("options") is { Count: > 0 and <= Most } options
        ? [.. options.Select((_, i) => ((char)('A' + i)).ToString())] : throw row.Fault("options", $"has {row.Texts("options").Count} choices; 1 to {Most} have letters");

    /// <inheritdoc/>
    public override TaskTarget Target(TaskRow row) => TaskTarget.Of(row.Text("answer"));
}
