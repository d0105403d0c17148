using TSpin.Evaluation.Harness;

namespace TSpin.Evaluation.Tasks;

/// <summary>A task of BIG-Bench Hard (Suzgun et al. 2022) as the leaderboard asks it: <c>leaderboard_bbh_navigate</c>. Description, choices and examples are the harness'.</summary>
public sealed class BigBenchHardTask : ChoiceTask
{
    private readonly string _name;
    private readonly IReadOnlyList<string> _choices;

    /// <summary>Reads what belongs to the harness.</summary>
    /// <param name="name">The task's name on the Hub: <c>navigate</c>.</param>
    /// <param name="harness">The harness' folder.</param>
    /// <exception cref="TSpinException">There is none, or it lacks the task.</exception>
    public BigBenchHardTask(string name, HarnessFolder harness)
    {
        _name = name;
        Data = new TaskData("SaylorTwift/bbh", name, Test: "test") { OtherPaths = ["lukaemon/bbh"] };
        (Description, _choices, OwnShots) = harness.BigBench(name);
    }

    /// <summary>The tasks' names on the Hub.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "boolean_expressions", "causal_judgement", "date_understanding", "disambiguation_qa", "formal_fallacies", "geometric_shapes", "hyperbaton", "logical_deduction_five_objects",
        "logical_deduction_seven_objects", "logical_deduction_three_objects", "movie_recommendation", "navigate", "object_counting", "penguins_in_a_table", "reasoning_about_colored_objects",
        "ruin_names", "salient_translation_error_detection", "snarks", "sports_understanding", "temporal_sequences", "tracking_shuffled_objects_five_objects",
        "tracking_shuffled_objects_seven_objects", "tracking_shuffled_objects_three_objects", "web_of_lies",
    ];

    /// <summary>All of them.</summary>
    public static TaskGroup Group { get; } = new("leaderboard_bbh", [.. Names.Select(NameOf)], ["acc_norm"]);

    /// <inheritdoc/>
    public override string Name => NameOf(_name);

    /// <inheritdoc/>
    public override TaskData Data { get; }

    /// <inheritdoc/>
    public override double Version => 1.0;

    /// <inheritdoc/>
    public override int? Shots => 3;

    /// <inheritdoc/>
    public override bool TakesFirstShots => true;

    /// <inheritdoc/>
    public override string Description { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<TaskRow> OwnShots { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<TaskMetric> Metrics { get; } = [TaskMetric.NormalizedAccuracy];

    /// <inheritdoc/>
    public override string Text(TaskRow row) => $"Q: {row.Text("input")}\nA:";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Choices(TaskRow row) => _choices;

    /// <inheritdoc/>
    public override TaskTarget Target(TaskRow row) => TaskTarget.OfTemplate(row.Text("target"), hasChoices: true);

    private static string NameOf(string name) => $"leaderboard_bbh_{name}";
}
