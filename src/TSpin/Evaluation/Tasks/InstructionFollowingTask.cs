using System.Text.Json;
using TSpin.Evaluation.Harness;
using TSpin.Evaluation.InstructionFollowing;

namespace TSpin.Evaluation.Tasks;

/// <summary>IFEval (Zhou et al. 2023) as the leaderboard asks it: <c>leaderboard_ifeval</c>.</summary>
/// <param name="judge">Whether answers follow instructions.</param>
public sealed class InstructionFollowingTask(InstructionJudge judge) : GenerationTask
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
    public override IReadOnlyDictionary<string, TaskScore> Score(TaskRow row, string answer)
    {
        var verdicts = judge.Judge(PromptOf(row), answer);
        return new Dictionary<string, TaskScore>
        {
            [Metrics[0].Name] = TaskScore.OfFlag(verdicts.AllStrict),
            [Metrics[1].Name] = TaskScore.OfFlags(verdicts.Strict),
            [Metrics[2].Name] = TaskScore.OfFlag(verdicts.AllLoose),
            [Metrics[3].Name] = TaskScore.OfFlags(verdicts.Loose),
        };
    }

    /// <summary>A row as a prompt.</summary>
    /// <exception cref="TSpinException">Its fields are not IFEval's.</exception>
    internal static InstructionPrompt PromptOf(TaskRow row)
    {
        try
        {
            return row.Json.Deserialize<InstructionPrompt>() is { InstructionIds.Count: > 0 } prompt && prompt.InstructionIds.Count == prompt.Arguments.Count ? prompt
                : throw row.Fault("kwargs", "has not one entry for each of instruction_id_list, at least one");
        }
        catch (JsonException error)
        {
            throw row.Fault("instruction_id_list", $"or another field is not as IFEval's are: {error.Message.TrimEnd('.')}");
        }
    }
}
