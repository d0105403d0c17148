using System.Globalization;
using TSpin.Evaluation.Harness;

namespace TSpin.Evaluation.Tasks;

/// <summary>A task of MuSR (Sprague et al. 2024) as the leaderboard asks it: <c>leaderboard_musr_murder_mysteries</c>.</summary>
/// <param name="name">Its split on the Hub: <c>murder_mysteries</c>.</param>
public sealed class MusrTask(string name) : ChoiceTask
{
    /// <summary>The tasks' splits.</summary>
    public static IReadOnlyList<string> Names { get; } = ["murder_mysteries", "object_placements", "team_allocation"];

    /// <summary>All of them.</summary>
    public static TaskGroup Group { get; } = new("leaderboard_musr", [.. Names.Select(NameOf)], ["acc_norm"]);

    /// <inheritdoc/>
    public override string Name => NameOf(name);

    /// <inheritdoc/>
    public override TaskData Data { get; } = new("TAUR-Lab/MuSR", Test: name);

    /// <inheritdoc/>
    public override double Version => 1.0;

    /// <inheritdoc/>
    public override IReadOnlyList<TaskMetric> Metrics { get; } = [TaskMetric.NormalizedAccuracy];

    /// <inheritdoc/>
    public override string Text(TaskRow row) => string.Create(
        CultureInfo.InvariantCulture, $"{row.Text("narrative")}\n\n{row.Text("question")}\n\n{string.Concat(Choices(row).Select((choice, i) => string.Create(CultureInfo.InvariantCulture, $"{i + 1} - {choice}\n")))}\nAnswer:");

    /// <inheritdoc/>
    public override IReadOnlyList<string> Choices(TaskRow row) => row.Texts("choices");

    /// <inheritdoc/>
    public override TaskTarget Target(TaskRow row) => TaskTarget.OfTemplate(row.Text("answer_choice"), hasChoices: true);

    private static string NameOf(string name) => $"leaderboard_musr_{name}";
}
