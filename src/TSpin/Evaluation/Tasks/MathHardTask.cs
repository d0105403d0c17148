using TSpin.Evaluation.Harness;
using TSpin.Evaluation.Mathematics;
using TSpin.Randomness;

namespace TSpin.Evaluation.Tasks;

/// <summary>The hardest level of a subject of MATH (Hendrycks et al. 2021) as the leaderboard asks it: <c>leaderboard_math_algebra_hard</c>. The four examples are the harness'.</summary>
/// <param name="name">The subject in the task's name: <c>counting_and_prob</c>.</param>
/// <param name="harness">The harness' folder.</param>
public sealed class MathHardTask(string name, HarnessFolder harness) : GenerationTask
{
    private const string Invalid = "[invalidanswer]";
    private const string Box = @"\boxed ";
    private const string Braced = @"\boxed{";

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
        [.. rows.Where(row => row.Text("level") == "Level 5").Select(row => row.With(("answer", Unboxed(LastBox(row.Text("solution"))))))];

    /// <inheritdoc/>
    public override string Text(TaskRow row) => $"Problem:\n{row.Text("problem")}\n\nSolution:";

    /// <inheritdoc/>
    public override TaskTarget Target(TaskRow row) => TaskTarget.OfTemplate(row.Text(row.Has("few_shot") ? "solution" : "answer"), hasChoices: false);

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TaskScore> Score(TaskRow row, string answer) => new Dictionary<string, TaskScore>
    {
        [Metrics[0].Name] = TaskScore.OfNumber(MathAnswer.IsMatch(answer, row.Text("solution"))),
        [Metrics[1].Name] = TaskScore.OfNumber(MathAnswer.IsOriginalMatch(answer, row.Text("answer"))),
    };

    private static string LastBox(string text)
    {
        if (text.LastIndexOf(Box, StringComparison.Ordinal) is >= 0 and var spaced)
        {
            return Box + text[(spaced + Box.Length)..].Split('$')[0];
        }

        var start = Math.Max(text.LastIndexOf(@"\boxed", StringComparison.Ordinal), -1);
        start = start >= 0 ? start : text.LastIndexOf(@"\fbox", StringComparison.Ordinal);
        if (start < 0)
        {
            return Invalid;
        }

        var open = 0;
        for (var i = start; i < text.Length; i++)
        {
            open += text[i] == '{' ? 1 : 0;
            if (text[i] == '}' && --open == 0)
            {
                return text[start..(i + 1)];
            }
        }

        return Invalid;
    }

    private static string Unboxed(string box) => box.Contains(Box, StringComparison.Ordinal) ? box.StartsWith(Box, StringComparison.Ordinal) ? box[Box.Length..] : Invalid
        : box.StartsWith(Braced, StringComparison.Ordinal) && box.EndsWith('}') ? box[Braced.Length..^1] : Invalid;

    private static string NameOf(string name) => $"leaderboard_math_{name}_hard";
}
