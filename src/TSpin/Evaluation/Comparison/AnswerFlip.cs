namespace TSpin.Evaluation.Comparison;

/// <summary>A row that one evaluation got right and the other did not.</summary>
/// <param name="Row">Its number.</param>
/// <param name="IsGain">Whether B is the one that got it right.</param>
/// <param name="Prompt">What both were given.</param>
/// <param name="Reference">The right answer.</param>
/// <param name="A">The answer of A.</param>
/// <param name="B">The answer of B.</param>
public sealed record AnswerFlip(int Row, bool IsGain, string Prompt, string Reference, string A, string B);
