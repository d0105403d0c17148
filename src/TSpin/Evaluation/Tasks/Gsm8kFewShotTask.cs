using TSpin.Evaluation.Harness;

namespace TSpin.Evaluation.Tasks;

/// <summary>GSM8K (Cobbe et al. 2021) with worked examples: <c>gsm8k</c>. <see cref="Gsm8kTask"/> asks without any, through a run's own prompts.</summary>
public sealed class Gsm8kFewShotTask : GenerationTask
{
    /// <inheritdoc/>
    public override string Name => "gsm8k";

    /// <inheritdoc/>
    public override TaskData Data { get; } = new("openai/gsm8k", "main", Training: "train", Test: "test", FewShot: "train") { OtherPaths = ["gsm8k"] };

    /// <inheritdoc/>
    public override double Version => 3.0;

    /// <inheritdoc/>
    public override int? Shots => 5;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Until { get; } = ["Question:", "</s>", "<|im_end|>"];

    /// <inheritdoc/>
    public override IReadOnlyList<AnswerFilter> Filters { get; } = [new(Gsm8kTask.Strict, answer => PythonString.Strip(FinalNumber.Strict(answer))), new(Gsm8kTask.Flexible, answer => PythonString.Strip(FinalNumber.Flexible(answer)))];

    /// <inheritdoc/>
    public override IReadOnlyList<TaskMetric> Metrics { get; } = [TaskMetric.ExactMatch];

    /// <inheritdoc/>
    public override string Text(TaskRow row) => $"Question: {row.Text("question")}\nAnswer:";

    /// <inheritdoc/>
    public override TaskTarget Target(TaskRow row) => TaskTarget.OfTemplate(row.Text("answer"), hasChoices: false);

    /// <inheritdoc/>
    public override string? Annotated(TaskRow row) => row.Text("answer");

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TaskScore> Score(TaskRow row, string answer) =>
        new Dictionary<string, TaskScore> { [TaskMetric.ExactMatch.Name] = TaskScore.Of(FinalNumber.Matches(answer, row.Text("answer"))) };
}
