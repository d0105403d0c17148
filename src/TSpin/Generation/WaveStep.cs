namespace TSpin.Generation;

/// <summary>What one step of a wave did.</summary>
/// <param name="Tokens">Tokens made.</param>
/// <param name="Answers">Answers that became whole.</param>
/// <param name="AnswerTokens">Tokens of those answers, all of them.</param>
public readonly record struct WaveStep(int Tokens, int Answers, int AnswerTokens);
