using TSpin.Torch;

namespace TSpin.Triplets;

/// <summary>
/// Log-probabilities of a batch of n triplets under one policy: float32 sums over the response's tokens, in nats, with gradient history
/// when recording is on.
/// </summary>
/// <param name="Annotated">log pi(y|x), [n].</param>
/// <param name="Synthetic">log pi(y'|x), [n], or null.</param>
/// <param name="ProtoSynthetic">log pi(y0|x), [n], or null.</param>
/// <param name="ComputedTokens">Tokens that went through the model, padding included.</param>
/// <param name="UsefulTokens">Prompt and response tokens, each response with its prompt, merged responses once.</param>
public sealed record TripletLogProbs(Tensor Annotated, Tensor? Synthetic, Tensor? ProtoSynthetic, long ComputedTokens, long UsefulTokens);
