using TSpin.Data;

namespace TSpin.Evaluation;

/// <summary>Section <c>evaluation</c>: what every iteration is measured on.</summary>
public sealed record EvaluationSettings
{
    /// <summary>Held-out examples: files, folders or patterns as <see cref="DataSettings.Train"/> has them. Default null: no evaluation.</summary>
    public ValueList<string>? Data { get; init; }

    /// <summary>
    /// What is measured, by name; see <see cref="EvaluationTasks"/>. Default gsm8k: the final number of the answers. gsm8k is asked of <see cref="Data"/> where that is given, without
    /// examples in the prompt; without <see cref="Data"/> it is lm-evaluation-harness' task, asked of <see cref="Datasets"/>.
    /// </summary>
    public ValueList<string> Tasks { get; init; } = [Evaluation.Tasks.Gsm8kTask.TaskName];

    /// <summary>
    /// The folder of the datasets that lm-evaluation-harness' tasks ask; see <see cref="Harness.DatasetFolder"/>. <c>hub:</c>
    /// and <c>hub:org/name</c> become one when a hub brought them. Default null: none.
    /// </summary>
    public string? Datasets { get; init; }

    /// <summary>lm-evaluation-harness' folder tasks/leaderboard, for BBH and MATH; see <see cref="Evaluation.Harness.HarnessFolder"/>. Default null: harness/ in <see cref="Datasets"/>.</summary>
    public string? Harness { get; init; }

    /// <summary>The folder <c>langdetect/profiles</c> of the Python package, by which IFEval's languages are told as the official checker tells them. Default null: Lingua's models.</summary>
    public string? Langdetect { get; init; }

    /// <summary>The folder <c>punkt_tab/english</c> of nltk's data, by which IFEval's sentences are split. Default null: rules of our own.</summary>
    public string? Punkt { get; init; }

    /// <summary>Of the harness' tasks only the first so many rows each; below 1 a share of them. Default null, all.</summary>
    public double? Limit { get; init; }

    /// <summary>Examples before each question of the harness' tasks. Default null: each task's own.</summary>
    public int? NumFewshot { get; init; }

    /// <summary>Whether the harness' questions go through the model's chat template. Default false.</summary>
    public bool ApplyChatTemplate { get; init; }

    /// <summary>With <see cref="ApplyChatTemplate"/>: whether examples are turns of the conversation, or all stand in the user's one turn. Default true.</summary>
    public bool FewshotAsMultiturn { get; init; } = true;

    /// <summary>What the system says before the harness' questions. Default null: nothing.</summary>
    public string? SystemInstruction { get; init; }

    /// <summary>Seed of the harness' examples. Default 1234.</summary>
    public int FewshotSeed { get; init; } = 1234;

    /// <summary>The layout of the records of <see cref="Data"/>. Default <see cref="DataFormat.Auto"/>.</summary>
    public DataFormat Format { get; init; } = DataFormat.Auto;

    /// <summary>Which columns the texts stand in, as in <see cref="DataSettings.Columns"/>.</summary>
    public ColumnSettings Columns { get; init; } = new();

    /// <summary>Which assistant turns of a conversation are answered and scored. Default <see cref="AnnotatedTurns.First"/>.</summary>
    public AnnotatedTurns Turns { get; init; } = AnnotatedTurns.First;

    /// <summary>How many of its examples: the first of the seeded shuffle. Default null, all.</summary>
    public int? Examples { get; init; }

    /// <summary>Longest answer, in tokens. Default 256.</summary>
    public int MaxNewTokens { get; init; } = 256;

    /// <summary>How many answers are generated at once; does not change them. Default null: as many as fit in half of the free memory, at most 32 on the CPU and 256 on a GPU.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Whether answers sampled at temperature 1 are scored too, besides the greedy ones. Default false.</summary>
    public bool Sampled { get; init; }

    /// <summary>Answers that are drawn to measure the distance from the starting model, see <see cref="ModelDistance"/>. Default null: it is not measured.</summary>
    public int? Distance { get; init; }

    /// <summary>Whether the starting model is evaluated before training. Default true.</summary>
    public bool Initial { get; init; } = true;

    /// <summary>Texts that end an answer, besides the model's end-of-sequence tokens. Default none.</summary>
    public ValueList<string> Stop { get; init; } = [];

    /// <summary>
    /// A command for <c>sh</c> that judges the answers to validation examples which are neither numbers nor labels; see
    /// <see cref="UserTasks.JudgeProcess"/>. Run in the current directory. Default null: nobody, only likelihood is
    /// measured.
    /// </summary>
    public string? Judge { get; init; }

    /// <summary>
    /// How answers to validation examples are judged. Default <see cref="ValidationMetric.Auto"/>: as the examples that
    /// are kept allow, so that parts of one set may be judged in other ways.
    /// </summary>
    public ValidationMetric ValidationMetric { get; init; }

    /// <summary>How long the judge may take for all answers, in seconds. Default 600.</summary>
    public double JudgeTimeoutSeconds { get; init; } = 600;
}
