namespace TSpin.Data;

/// <summary>
/// Section <c>data.columns</c>: where texts stand in records that have names of their own for them. A name may lead into nested objects,
/// with dots (<c>sample.question</c>). Either <see cref="Messages"/>, or <see cref="Prompt"/> and <see cref="Response"/>.
/// </summary>
public sealed record ColumnSettings
{
    /// <summary>The column of the prompt. Default null: as the format has it.</summary>
    public string? Prompt { get; init; }

    /// <summary>The column of the annotated response. Default null: as the format has it.</summary>
    public string? Response { get; init; }

    /// <summary>The column of the list of turns. Default null: as the format has it.</summary>
    public string? Messages { get; init; }

    /// <summary>Whether any column is named.</summary>
    public bool IsAny => Prompt is not null || Response is not null || Messages is not null;
}
