using TSpin.Evaluation.Harness;
using TSpin.Evaluation.Mathematics;
using TSpin.Randomness;

namespace TSpin.Evaluation.Tasks;

/// <summary>The hardest level of a subject of MATH (Hendrycks et al. 2021) as the leaderboard asks it: <c>leaderboard_math_algebra_hard</c>. The four examples are the harness'.</summary>
/// <param name="name">The subject in the task's name: <c>counting_and_prob</c>.</param>
/// <param name="harness">The harness' folder.</param>
public sealed class MathHardTask(string name, HarnessFolder harness) : GenerationTask
{
    private static readonly (string Name, string Configuration)[] Subjects =
    [
        ("algebra", "algebra"), ("counting_and_prob", "counting_and_probability"), ("geometry", "geometry"), ("intermediate_algebra", "intermediate_algebra"),
        ("num_theory", "number_theory"), ("prealgebra", "prealgebra"), ("precalculus", "precalculus"),
    ];

    private readonly IReadOnlyList<TaskRow> _shots = harness.Mathematics();

    /// <summary>The subjects.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Subjects.Select(subject => subject.Name)];

    /// <summary>All of them.</summary>
    public static TaskGroup Group { get; } = new("leaderboard_math_hard", [.. Names.Select(NameOf)], ["exact_match"]);

    /// <inheritdoc/>
    public override string Name => NameOf(name);

    /// <inheritdoc/>
    public override TaskData Data { get; } = new("DigitalLearningGmbH/MATH-lighteval", Subjects.First(subject => subject.Name == name).Configuration, Training: "train", Test: "test");

    /// <inheritdoc/>
    public override double Version => 3.0;

    /// <inheritdoc/>
    public override int? Shots => 4;

    /// <inheritdoc/>
    public override bool TakesFirstShots => true;

    /// <inheritdoc/>
    public override IReadOnlyList<TaskRow> OwnShots => _shots;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Until { get; } = ["Problem:"];

    /// <inheritdoc/>
    public override int? MaxTokens => 1024;

    /// <inheritdoc/>
    public override IReadOnlyList<TaskMetric> Metrics { get; } = [TaskMetric.ExactMatch, new("exact_match_original")];

    /// <inheritdoc/>
    public override IReadOnlyList<TaskRow> Process(IReadOnlyList<TaskRow> rows, PythonRandom random) =>
        [.. rows.Where(row => row.Text("level") == "Level 5").Select(row => row.With(("answer", MinervaAnswer.OfSolution(row.Text("solution")))))];

    /// <inheritdoc/>
    public override string Text(TaskRow row) => $"Problem:\n{row.Text("problem")}\n\nSolution:";

    /// <inheritdoc/>
    public override TaskTarget Target(TaskRow row) => TaskTarget.OfTemplate(row.Text(row.Has("few_shot") ? "solution" : "answer"), hasChoices: false);

    /// <inheritdoc/>
    public override string? Annotated(TaskRow row) => row.Text("solution");

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TaskScore> Score(TaskRow row, string answer) => new Dictionary<string, TaskScore>
    {
        [Metrics[0].Name] = TaskScore.OfNumber(MathAnswer.IsMatch(answer, row.Text("solution"))),
        [Metrics[1].Name] = TaskScore.OfNumber(MathAnswer.IsOriginalMatch(answer, row.Text("answer"))),
    };

    private static string NameOf(string name) => $"leaderboard_math_{name}_hard";
}
