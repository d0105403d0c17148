namespace TSpin.Evaluation.UserTasks;

/// <summary>
/// A task of the user's own, as its YAML file states it; the words are lm-evaluation-harness' where it has them.
/// </summary>
public sealed record UserTaskSettings
{
    /// <summary>The task's name. Default: empty, the file's.</summary>
    public string Task { get; init; } = "";

    /// <summary>The task's version, as results give it. Default: 1.</summary>
    public double Version { get; init; } = 1;

    /// <summary>Files, folders or patterns of the rows that are asked; at least one.</summary>
    public ValueList<string> Data { get; init; } = [];

    /// <summary>The same of the rows that examples are drawn from. Default: none, the rows that are asked.</summary>
    public ValueList<string> ShotData { get; init; } = [];

    /// <summary>Examples before each question. Default: null, none unless told so.</summary>
    public int? Shots { get; init; }

    /// <summary>Whether examples are always the first ones. Default: false, drawn anew for every question.</summary>
    public bool TakesFirstShots { get; init; }

    /// <summary>What stands before everything. Default: nothing.</summary>
    public string Description { get; init; } = "";

    /// <summary>The question: a Jinja template over a row's columns, or the name of one.</summary>
    public string Text { get; init; } = "";

    /// <summary>The right answer, likewise. Default: null, which only a judge may have.</summary>
    public string? Target { get; init; }

    /// <summary>
    /// How the right answer of a task with choices is meant. Default: <see cref="ChoiceTarget.Auto"/>.
    /// </summary>
    public ChoiceTarget TargetIs { get; init; }

    /// <summary>
    /// The choices: a template each; one alone is the column that holds the list, or a template that writes one.
    /// Default: none, the model writes its answer.
    /// </summary>
    public ValueList<string> Choices { get; init; } = [];

    /// <summary>
    /// The whole annotated answer, whose log-probability is measured. Default: null, the right answer.
    /// </summary>
    public string? Annotated { get; init; }

    /// <summary>Between a question and its answer. Default: a space.</summary>
    public string TargetDelimiter { get; init; } = " ";

    /// <summary>Between examples. Default: an empty line.</summary>
    public string ShotDelimiter { get; init; } = "\n\n";

    /// <summary>How answers are written.</summary>
    public UserGenerationSettings Generation { get; init; } = new();

    /// <summary>What is taken out of an answer.</summary>
    public UserFilterSettings Filter { get; init; } = new();

    /// <summary>How answers are scored.</summary>
    public UserMetricSettings Metric { get; init; } = new();
}
