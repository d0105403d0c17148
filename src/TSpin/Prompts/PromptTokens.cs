namespace TSpin.Prompts;

/// <summary>A prompt as the model reads it.</summary>
/// <param name="Index">Number of the prompt in its data set; unique, and part of its seed.</param>
/// <param name="Ids">Token ids, the begin-of-sequence token included where the model has one; at least one.</param>
/// <param name="Text">The prompt as people read it, for the response file.</param>
public sealed record PromptTokens(int Index, int[] Ids, string Text = "");
