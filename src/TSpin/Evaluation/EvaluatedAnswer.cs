namespace TSpin.Evaluation;

/// <summary>One answer and its scores: a line of <c>evaluation-answers.jsonl</c>.</summary>
/// <param name="Index">Index of the example in its test set, from 0.</param>
/// <param name="Mode">How it was made, for example <c>greedy</c>, <c>sampled</c>; empty for tasks that score given texts.</param>
/// <param name="Prompt">The rendered prompt.</param>
/// <param name="Reference">The annotated answer.</param>
/// <param name="Answer">The answer, or what the model chose.</param>
/// <param name="Scores">What each metric counts for it, by <see cref="MetricScore.Key"/>: 1 for right, 0 for wrong.</param>
/// <param name="Ended">Whether the generator stopped by itself rather than at the length limit.</param>
/// <param name="Tokens">Length of the answer in tokens.</param>
public sealed record EvaluatedAnswer(
    int Index, string Mode, string Prompt, string Reference, string Answer, IReadOnlyDictionary<string, double> Scores, bool Ended, int Tokens)
{
    /// <summary>The task that it belongs to; null in files of earlier versions, which knew one.</summary>
    public string? Task { get; init; }

    /// <summary>Whether it is right by the first of its scores; null where there is none, or it is neither 0 nor 1.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool? IsRight => Scores.Count == 0 ? null : Scores.First().Value switch { 1 => true, 0 => false, _ => null };
}
