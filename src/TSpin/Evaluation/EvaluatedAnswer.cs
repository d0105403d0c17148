namespace TSpin.Evaluation;

/// <summary>One generated answer and its verdicts: a line of <c>evaluation-answers.jsonl</c>.</summary>
/// <param name="Index">Index of the example in its test set, from 0.</param>
/// <param name="Mode">How it was generated and on what, for example <c>greedy</c>, <c>sampled</c>, <c>greedy:test-templates</c>.</param>
/// <param name="Prompt">The rendered prompt.</param>
/// <param name="Reference">The annotated answer.</param>
/// <param name="Answer">The generated answer.</param>
/// <param name="Strict">Right by <see cref="FinalNumber.Strict"/>.</param>
/// <param name="Flexible">Right by <see cref="FinalNumber.Flexible"/>.</param>
/// <param name="Ended">Whether the generator stopped by itself rather than at the length limit.</param>
/// <param name="Tokens">Length of the answer in tokens.</param>
public sealed record EvaluatedAnswer(
    int Index,
    string Mode,
    string Prompt,
    string Reference,
    string Answer,
    bool Strict,
    bool Flexible,
    bool Ended,
    int Tokens)
{
    /// <summary>Judges one answer.</summary>
    /// <param name="index">Index of the example in its test set, from 0.</param>
    /// <param name="mode">How it was generated.</param>
    /// <param name="prompt">The rendered prompt.</param>
    /// <param name="reference">The annotated answer.</param>
    /// <param name="answer">The generated answer.</param>
    /// <param name="ended">Whether the generator stopped by itself.</param>
    /// <param name="tokens">Length in tokens.</param>
    /// <returns>The record with both verdicts.</returns>
    public static EvaluatedAnswer Judge(int index, string mode, string prompt, string reference, string answer, bool ended, int tokens) => new(
        index,
        mode,
        prompt,
        reference,
        answer,
        FinalNumber.Matches(FinalNumber.Strict(answer), reference),
        FinalNumber.Matches(FinalNumber.Flexible(answer), reference),
        ended,
        tokens);
}
