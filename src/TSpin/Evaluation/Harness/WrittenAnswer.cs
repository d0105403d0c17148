namespace TSpin.Evaluation.Harness;

/// <summary>What a model wrote after a context.</summary>
/// <param name="Text">The text, cut before what ends answers.</param>
/// <param name="Tokens">The ids behind it, the end's among them.</param>
/// <param name="IsCut">Whether it ended at the limit rather than by itself.</param>
public sealed record WrittenAnswer(string Text, int[] Tokens, bool IsCut);
