using TSpin.Evaluation.Harness;

namespace TSpin.Evaluation.Tasks;

/// <summary>A subject of MMLU (Hendrycks et al. 2021): <c>mmlu_astronomy</c>.</summary>
/// <param name="subject">Its name on the Hub: <c>astronomy</c>.</param>
public sealed class MmluTask(string subject) : ChoiceTask
{
    private static readonly string[] Letters = ["A", "B", "C", "D"];

    private static readonly (string Group, string Alias, string Subjects)[] Areas =
    [
        ("stem", "stem", "abstract_algebra anatomy astronomy college_biology college_chemistry college_computer_science college_mathematics college_physics computer_security conceptual_physics "
            + "electrical_engineering elementary_mathematics high_school_biology high_school_chemistry high_school_computer_science high_school_mathematics high_school_physics "
            + "high_school_statistics machine_learning"),
        ("other", "other", "business_ethics clinical_knowledge college_medicine global_facts human_aging management marketing medical_genetics miscellaneous nutrition professional_accounting "
            + "professional_medicine virology"),
        ("social_sciences", "social sciences", "econometrics high_school_geography high_school_government_and_politics high_school_macroeconomics high_school_microeconomics "
            + "high_school_psychology human_sexuality professional_psychology public_relations security_studies sociology us_foreign_policy"),
        ("humanities", "humanities", "formal_logic high_school_european_history high_school_us_history high_school_world_history international_law jurisprudence logical_fallacies "
            + "moral_disputes moral_scenarios philosophy prehistory professional_law world_religions"),
    ];

    /// <summary>All subjects.</summary>
    public static IReadOnlyList<string> Subjects { get; } = [.. Areas.SelectMany(area => area.Subjects.Split(' '))];

    /// <summary>The four areas, and all of them.</summary>
    public static IReadOnlyList<TaskGroup> Groups { get; } =
    [
        .. Areas.Select(area => new TaskGroup($"mmlu_{area.Group}", [.. area.Subjects.Split(' ').Select(NameOf)], ["acc"]) { Alias = area.Alias, Version = "2" }),
        new TaskGroup("mmlu", [.. Areas.Select(area => $"mmlu_{area.Group}")], ["acc"]) { Version = "2" },
    ];

    /// <inheritdoc/>
    public override string Name => NameOf(subject);

    /// <inheritdoc/>
    public override string Alias => subject;

    /// <inheritdoc/>
    public override TaskData Data { get; } = new("cais/mmlu", subject, Test: "test", FewShot: "dev");

    /// <inheritdoc/>
    public override double Version => 1.0;

    /// <inheritdoc/>
    public override int UsualShots => 5;

    /// <inheritdoc/>
    public override bool TakesFirstShots => true;

    /// <inheritdoc/>
    public override string Description => $"The following are multiple choice questions (with answers) about {subject.Replace('_', ' ')}.\n\n";

    /// <inheritdoc/>
    public override IReadOnlyList<TaskMetric> Metrics { get; } = [TaskMetric.Accuracy];

    /// <inheritdoc/>
    public override string Text(TaskRow row) => row.Texts("choices") is { Count: 4 } choices
        ? $"{PythonString.Strip(row.Text("question"))}\nA. {choices[0]}\nB. {choices[1]}\nC. {choices[2]}\nD. {choices[3]}\nAnswer:"
        : throw row.Fault("choices", $"has {row.Texts("choices").Count} choices; a question of MMLU has 4");

    /// <inheritdoc/>
    public override IReadOnlyList<string> Choices(TaskRow row) => Letters;

    /// <inheritdoc/>
    public override TaskTarget Target(TaskRow row) => row.Integer("answer") is >= 0 and < 4 and var answer ? TaskTarget.Of(answer)
        : throw row.Fault("answer", $"is {row.Integer("answer")}; it is the number of the right choice, 0 to 3");

    private static string NameOf(string subject) => $"mmlu_{subject}";
}
