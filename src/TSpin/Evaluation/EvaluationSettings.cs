using TSpin.Data;

namespace TSpin.Evaluation;

/// <summary>Section <c>evaluation</c>: what every iteration is measured on.</summary>
public sealed record EvaluationSettings
{
    /// <summary>Held-out examples: files, folders or patterns as <see cref="DataSettings.Train"/> has them. Default null: no evaluation.</summary>
    public ValueList<string>? Data { get; init; }

    /// <summary>What is measured, by name; see <see cref="EvaluationTasks"/>. Default gsm8k: the final number of the answers.</summary>
    public ValueList<string> Tasks { get; init; } = [Evaluation.Tasks.Gsm8kTask.TaskName];

    /// <summary>The layout of its records. Default <see cref="DataFormat.Auto"/>.</summary>
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

    /// <summary>Whether the starting model is evaluated before training. Default true.</summary>
    public bool Initial { get; init; } = true;

    /// <summary>Texts that end an answer, besides the model's end-of-sequence tokens. Default none.</summary>
    public ValueList<string> Stop { get; init; } = [];
}
