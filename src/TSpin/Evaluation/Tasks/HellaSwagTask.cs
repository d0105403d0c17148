using System.Text.RegularExpressions;
using TSpin.Evaluation.Harness;
using TSpin.Randomness;

namespace TSpin.Evaluation.Tasks;

/// <summary>HellaSwag (Zellers et al. 2019): <c>hellaswag</c>.</summary>
public sealed partial class HellaSwagTask : ChoiceTask
{
    /// <inheritdoc/>
    public override string Name => "hellaswag";

    /// <inheritdoc/>
    public override TaskData Data { get; } = new("Rowan/hellaswag", Training: "train", Validation: "validation");

    /// <inheritdoc/>
    public override double Version => 1.0;

    /// <inheritdoc/>
    public override int UsualShots => 10;

    /// <inheritdoc/>
    public override IReadOnlyList<TaskMetric> Metrics { get; } = [TaskMetric.Accuracy, TaskMetric.NormalizedAccuracy];

    /// <inheritdoc/>
    public override IReadOnlyList<TaskRow> Process(IReadOnlyList<TaskRow> rows, PythonRandom random) => [.. rows.Select(row => row.With(
        ("query", Cleaned($"{row.Text("activity_label")}: {row.Text("ctx_a")} {PythonString.Capitalize(row.Text("ctx_b"))}")),
        ("choices", row.Texts("endings").Select(Cleaned)),
        ("gold", row.Integer("label"))))];

    /// <inheritdoc/>
    public override string Text(TaskRow row) => row.Text("query");

    /// <inheritdoc/>
    public override IReadOnlyList<string> Choices(TaskRow row) => row.Texts("choices");

    /// <inheritdoc/>
    public override TaskTarget Target(TaskRow row) => row.Has("label") ? TaskTarget.OfTemplate(row.Text("label"), hasChoices: true) : TaskTarget.Of(row.Integer("gold"));

    /// <summary>Takes out what WikiHow's markup left.</summary>
    /// <param name="text">Text of a row.</param>
    /// <returns>The text as prompts have it.</returns>
    internal static string Cleaned(string text) =>
        Brackets().Replace(PythonString.Strip(text).Replace(" [title]", ". ", StringComparison.Ordinal), "").Replace("  ", " ", StringComparison.Ordinal);

    [GeneratedRegex(@"\[.*?\]")]
    private static partial Regex Brackets();
}
