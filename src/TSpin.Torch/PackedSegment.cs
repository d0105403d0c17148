namespace TSpin.Torch;

/// <summary>One stretch of a packed row of tokens: a prompt, or a response that continues the prompt before it.</summary>
/// <param name="Start">Index of its first token in the row.</param>
/// <param name="Length">Tokens; at least 1.</param>
/// <param name="Prompt">Index, among the segments, of the prompt that a response continues; -1 for a prompt. Responses follow their prompt.</param>
public readonly record struct PackedSegment(long Start, long Length, long Prompt = -1);
