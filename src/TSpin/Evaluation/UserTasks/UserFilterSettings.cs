namespace TSpin.Evaluation.UserTasks;

/// <summary>What is taken out of an answer before it is scored.</summary>
public sealed record UserFilterSettings
{
    /// <summary>The filter's name in results. Default: empty, the word of <see cref="Function"/>.</summary>
    public string Name { get; init; } = "";

    /// <summary>What it does. Default: nothing.</summary>
    public AnswerExtraction Function { get; init; }

    /// <summary>
    /// The pattern of <see cref="AnswerExtraction.Regex"/>; its first group that is not empty counts, where it has
    /// groups.
    /// </summary>
    public string? Pattern { get; init; }

    /// <summary>Which match counts: from 0, from the end below 0. Default: 0, the first.</summary>
    public int Select { get; init; }
}
