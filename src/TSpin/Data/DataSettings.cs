namespace TSpin.Data;

/// <summary>Section <c>data</c>: the annotated examples.</summary>
public sealed record DataSettings
{
    /// <summary>One or more files (JSONL, JSON, CSV, TSV, these also compressed, Parquet, Arrow), folders of them or patterns, read in this order. Must be stated.</summary>
    public ValueList<string> Train { get; init; } = [];

    /// <summary>The layout of their records. Default <see cref="DataFormat.Auto"/>.</summary>
    public DataFormat Format { get; init; } = DataFormat.Auto;

    /// <summary>Which columns the texts stand in, where they have names of their own. Default: those of the format.</summary>
    public ColumnSettings Columns { get; init; } = new();

    /// <summary>Which assistant turns of a conversation are annotated. Default <see cref="AnnotatedTurns.First"/>.</summary>
    public AnnotatedTurns Turns { get; init; } = AnnotatedTurns.First;

    /// <summary>How many examples to train on: the first of the seeded shuffle, so that a larger number contains every smaller one. Default null, all.</summary>
    public int? Examples { get; init; }

    /// <summary>Which of them are kept from training to choose checkpoints by; see <see cref="ValidationSplit"/>. They count as annotated examples. Default null: none.</summary>
    public string? Validation { get; init; }

    /// <summary>
    /// Prompts for rejection sampling, in the layout of <see cref="Format"/> and <see cref="Columns"/>; records may lack an answer where
    /// the check needs none. Default null.
    /// </summary>
    public ValueList<string>? Prompts { get; init; }

    /// <summary>Count bad lines and go on, instead of refusing the file. Default false.</summary>
    public bool SkipBad { get; init; }
}
