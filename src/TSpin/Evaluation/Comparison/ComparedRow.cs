namespace TSpin.Evaluation.Comparison;

/// <summary>One row of a task as an evaluation recorded it.</summary>
/// <param name="Number">Its number in the data, from 0.</param>
/// <param name="Fingerprint">Of the row itself; null where it was not recorded.</param>
/// <param name="Prompt">What the model was given.</param>
/// <param name="Reference">The right answer.</param>
/// <param name="Answer">What it wrote, or the likeliest choice.</param>
/// <param name="Scores">By metric and filter: <c>acc,none</c>.</param>
public sealed record ComparedRow(
    int Number, string? Fingerprint, string Prompt, string Reference, string Answer,
        IReadOnlyDictionary<string, ComparedScore> Scores)
{
    /// <summary>The likeliest choice by log-probability over characters; null where the model wrote.</summary>
    public string? NormalizedAnswer { get; init; }

    /// <summary>The answer that a metric judged.</summary>
    /// <param name="metric">Its key.</param>
    /// <returns>The text.</returns>
    public string AnswerOf(string metric) => NormalizedAnswer is { } other
        && metric.StartsWith("acc_norm,", StringComparison.Ordinal) ? other : Answer;

    /// <summary>Whether two records are of the same row, however it was asked.</summary>
    /// <param name="other">One of the same number.</param>
    /// <returns>By the fingerprints where both have one, else by prompt or reference.</returns>
    public bool IsSameRow(ComparedRow other) =>
        Fingerprint is not null && other.Fingerprint is not null ? Fingerprint == other.Fingerprint
            : Prompt == other.Prompt || Reference == other.Reference;
}
