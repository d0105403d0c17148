namespace TSpin.Evaluation.Harness;

/// <summary>What came of one question under one filter: a line of the harness' samples.</summary>
/// <param name="Question">The question.</param>
/// <param name="Choices">What the model found of every choice; empty for a task that generates.</param>
/// <param name="Answer">What it wrote; null for a task that chooses.</param>
/// <param name="Filter">The filter's name; <c>none</c> for choices.</param>
/// <param name="Filtered">What the filter took out of the answer.</param>
/// <param name="Scores">By metric.</param>
public sealed record QuestionOutcome(
    TaskQuestion Question, IReadOnlyList<ContinuationScore> Choices, string? Answer, string Filter, string? Filtered,
        IReadOnlyDictionary<string, TaskScore> Scores)
{
    /// <summary>What the answer is like; null where it was not written here, or the task chooses.</summary>
    public AnswerFigures? Figures { get; init; }
}
