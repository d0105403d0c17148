using TSpin.Evaluation.Harness;

namespace TSpin.Evaluation.Tasks;

/// <summary>IFEval (Zhou et al. 2023) as the leaderboard asks it: <c>leaderboard_ifeval</c>.</summary>
/// <param name="judge">Whether an answer follows each of a row's instructions, strictly and loosely. Null: nothing here can judge, and answers alone are written.</param>
public sealed class InstructionFollowingTask(Func<TaskRow, string, (IReadOnlyList<bool> Strict, IReadOnlyList<bool> Loose)>? judge = null) : GenerationTask
{
    /// <inheritdoc/>
    public override string Name => "leaderboard_ifeval";

    /// <inheritdoc/>
    public override TaskData Data { get; } = new("google/IFEval", Test: "train") { OtherPaths = ["wis-k/instruction-following-eval"] };

    /// <inheritdoc/>
    public override double Version => 3.0;

    /// <inheritdoc/>
    public override int? Shots => 0;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Until { get; } = [];

    /// <inheritdoc/>
    public override int? MaxTokens => 1280;

    /// <inheritdoc/>
    public override IReadOnlyList<TaskMetric> Metrics { get; } =
        [new("prompt_level_strict_acc"), new("inst_level_strict_acc", IsPerPart: true), new("prompt_level_loose_acc"), new("inst_level_loose_acc", IsPerPart: true)];

    /// <inheritdoc/>
    public override string Text(TaskRow row) => row.Text("prompt");

    /// <inheritdoc/>
    public override TaskTarget Target(TaskRow row) => TaskTarget.Of(0);

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TaskScore>? Score(TaskRow row, string answer)
    {
        if (judge is null)
        {
            return null;
        }

        var (strict, loose) = judge(row, answer);
        return new Dictionary<string, TaskScore>
        {
            [Metrics[0].Name] = TaskScore.OfFlag(strict.All(followed => followed)),
            [Metrics[1].Name] = TaskScore.OfFlags(strict),
            [Metrics[2].Name] = TaskScore.OfFlag(loose.All(followed => followed)),
            [Metrics[3].Name] = TaskScore.OfFlags(loose),
        };
    }
}
