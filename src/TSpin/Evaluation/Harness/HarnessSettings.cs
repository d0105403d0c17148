namespace TSpin.Evaluation.Harness;

/// <summary>How tasks are asked; the names in brackets are lm-evaluation-harness'.</summary>
public sealed record HarnessSettings
{
    /// <summary>Few-shot examples (num_fewshot); tasks that fix 0 keep it. Default: null, each task's own.</summary>
    public int? Shots { get; init; }

    /// <summary>Whether a task without <see cref="Shots"/> gets what the paper gives it (<see cref="HarnessTask.UsualShots"/>) rather than what the harness does. Default: false.</summary>
    public bool UsualShots { get; init; }

    /// <summary>The first rows of each task (limit): a number of them, or below 1 their share. Default: null, all.</summary>
    public double? Limit { get; init; }

    /// <summary>Whether contexts go through the model's chat template (apply_chat_template). Default: false.</summary>
    public bool AppliesChatTemplate { get; init; }

    /// <summary>Whether examples are turns of the conversation (fewshot_as_multiturn) or all stand in the user's one turn. Default: null, turns.</summary>
    public bool? ShotsAreTurns { get; init; }

    /// <summary>Words of the system (system_instruction), before a task's own description. Default: none.</summary>
    public string? System { get; init; }

    /// <summary>Seed of few-shot examples (fewshot_random_seed). Default: 1234.</summary>
    public long ShotSeed { get; init; } = 1234;

    /// <summary>Seed of Python's global generator (random_seed), which shuffles GPQA's choices. Default: 0.</summary>
    public long Seed { get; init; }

    /// <summary>Longest answer in tokens for all tasks that generate (max_gen_toks in gen_kwargs). Default: null, each task's own.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Where answers end, for all tasks that generate (until in gen_kwargs). Default: null, each task's own.</summary>
    public IReadOnlyList<string>? Until { get; init; }

    /// <summary>
    /// Whether the annotated answers of tasks that generate are scored too, which reads every context a second time.
    /// Default: true.
    /// </summary>
    public bool ScoresAnnotated { get; init; } = true;

    /// <summary>Few-shot examples of a task.</summary>
    /// <param name="task">The task.</param>
    /// <returns>How many.</returns>
    public int ShotsOf(HarnessTask task) => task.Shots == 0 ? 0 : Shots ?? (UsualShots ? task.UsualShots : task.Shots ?? 0);

    /// <summary>The splits of its dataset that a task reads.</summary>
    /// <param name="task">The task.</param>
    /// <returns>
    /// The one that is evaluated, and the one that examples come from where it is another; none for a task that brings
    /// its rows.
    /// </returns>
    public IReadOnlyList<string> SplitsOf(HarnessTask task) => task.OwnRows is not null ? []
        : ShotsOf(task) > 0 && task.OwnShots is null && task.Data.Shots != task.Data.Evaluated
            ? [task.Data.Evaluated, task.Data.Shots]
        : [task.Data.Evaluated];

    /// <summary>Rows of a task that are asked.</summary>
    /// <param name="rows">How many it has.</param>
    /// <returns>The first so many.</returns>
    public int RowsOf(int rows) => Limit switch
    {
        null or 0 => rows,
        < 1 => Math.Min(rows, (int)Math.Ceiling(rows * Limit.Value)),
        _ => (int)Math.Min(rows, Math.Floor(Limit.Value)),
    };
}
