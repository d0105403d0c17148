using TSpin.Prompts;

namespace TSpin.Generation;

/// <summary>What the model answered to one prompt.</summary>
/// <param name="Index">The prompt's <see cref="PromptTokens.Index"/>.</param>
/// <param name="Tokens">
/// The generated ids and nothing else. When <paramref name="FinishReason"/> is <see cref="FinishReason.Eos"/> the last one is the end-of-sequence
/// token that the model produced; otherwise there is none, and none may be added: training takes the ids as they are. After
/// <see cref="FinishReason.Stop"/> the last id is the stop id, or the one that completed the stop text.
/// </param>
/// <param name="LogProbs">
/// For every token its log-probability in nats under the model itself, float32 log-softmax of the logits: temperature 1, all tokens kept,
/// whatever the sampling options were, so that it can be compared with the trainer's.
/// </param>
/// <param name="FinishReason">Why the answer ended.</param>
/// <param name="Seed">Seed of the <see cref="Randomness.RandomStream"/> that gave one uniform number per token.</param>
/// <param name="Text">The tokens decoded without special tokens; after <see cref="FinishReason.Stop"/> cut before the stop text or id.</param>
public sealed record Response(int Index, int[] Tokens, float[] LogProbs, FinishReason FinishReason, ulong Seed, string Text);
