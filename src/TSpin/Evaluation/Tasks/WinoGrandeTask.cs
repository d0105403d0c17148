using TSpin.Evaluation.Harness;

namespace TSpin.Evaluation.Tasks;

/// <summary>WinoGrande (Sakaguchi et al. 2020), by partial evaluation: which option makes the rest of the sentence likelier. <c>winogrande</c>.</summary>
public sealed class WinoGrandeTask : ChoiceTask
{
    /// <inheritdoc/>
    public override string Name => "winogrande";

    /// <inheritdoc/>
    public override TaskData Data { get; } = new("allenai/winogrande", "winogrande_xl", Training: "train", Validation: "validation");

    /// <inheritdoc/>
    public override double Version => 1.0;

    /// <inheritdoc/>
    public override int UsualShots => 5;

    /// <inheritdoc/>
    public override bool AsksByContext => true;

    /// <inheritdoc/>
    public override IReadOnlyList<TaskMetric> Metrics { get; } = [TaskMetric.Accuracy];

    /// <inheritdoc/>
    public override string Text(TaskRow row) => Choices(row)[Gold(row)];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Choices(TaskRow row)
    {
        var begin = row.Text("sentence")[..Blank(row)];
        return [begin + row.Text("option1"), begin + row.Text("option2")];
    }

    /// <inheritdoc/>
    public override TaskTarget Target(TaskRow row) => TaskTarget.Of(PythonString.Strip(row.Text("sentence")[(Blank(row) + 1)..]));

    /// <inheritdoc/>
    public override int Gold(TaskRow row) => row.Text("answer") switch
    {
        "1" => 0,
        "2" => 1,
        var other => throw row.Fault("answer", $"is \"{other}\", neither 1 nor 2"),
    };

    /// <inheritdoc/>
    public override (string Question, string Answer) Shot(TaskRow row) => (Text(row), Target(row).Answer(null));

    private static int Blank(TaskRow row) => row.Text("sentence").IndexOf('_', StringComparison.Ordinal) is >= 0 and var at ? at
        : throw row.Fault("sentence", "has no _ where the option belongs");
}
