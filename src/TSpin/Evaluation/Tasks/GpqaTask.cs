using TSpin.Evaluation.Harness;
using TSpin.Randomness;

namespace TSpin.Evaluation.Tasks;

/// <summary>A part of GPQA (Rein et al. 2023) as the leaderboard asks it: <c>leaderboard_gpqa_diamond</c>. Choices are shuffled by Python's global generator, row after row.</summary>
/// <param name="name">Its name on the Hub without <c>gpqa_</c>: <c>diamond</c>.</param>
public sealed class GpqaTask(string name) : ChoiceTask
{
    private static readonly string[] Letters = ["(A)", "(B)", "(C)", "(D)"];

    /// <summary>The parts, in the order in which they are shuffled.</summary>
    public static IReadOnlyList<string> Names { get; } = ["diamond", "extended", "main"];

    /// <summary>All of them.</summary>
    public static TaskGroup Group { get; } = new("leaderboard_gpqa", [.. Names.Select(NameOf)], ["acc_norm"]);

    /// <inheritdoc/>
    public override string Name => NameOf(name);

    /// <inheritdoc/>
    public override TaskData Data { get; } = new("Idavidrein/gpqa", $"gpqa_{name}", Training: "train", Validation: "train");

    /// <inheritdoc/>
    public override double Version => 1.0;

    /// <inheritdoc/>
    public override int? Shots => 0;

    /// <inheritdoc/>
    public override IReadOnlyList<TaskMetric> Metrics { get; } = [TaskMetric.NormalizedAccuracy];

    /// <inheritdoc/>
    public override IReadOnlyList<TaskRow> Process(IReadOnlyList<TaskRow> rows, PythonRandom random)
    {
        var processed = new List<TaskRow>();
        foreach (var row in rows)
        {
            var right = Cleaned(row.TextOrNull("Correct Answer"));
            string[] choices = [Cleaned(row.TextOrNull("Incorrect Answer 1")), Cleaned(row.TextOrNull("Incorrect Answer 2")), Cleaned(row.TextOrNull("Incorrect Answer 3")), right];
            random.Shuffle(choices);
            processed.Add(row.With(
                ("choice1", choices[0]), ("choice2", choices[1]), ("choice3", choices[2]), ("choice4", choices[3]), ("answer", Letters[Array.IndexOf(choices, right)])));
        }

        return processed;
    }

    /// <inheritdoc/>
    public override string Text(TaskRow row) =>
        $"What is the correct answer to this question:{row.Text("Question")}\nChoices:\n(A) {row.Text("choice1")}\n(B) {row.Text("choice2")}\n(C) {row.Text("choice3")}\n(D) {row.Text("choice4")}\nAnswer: ";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Choices(TaskRow row) => Letters;

    /// <inheritdoc/>
    public override TaskTarget Target(TaskRow row) => TaskTarget.Of(row.Text("answer"));

    private static string Cleaned(string? text) => text is null ? " " : HellaSwagTask.Cleaned(text);

    private static string NameOf(string name) => $"leaderboard_gpqa_{name}";
}
