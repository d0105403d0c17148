using TSpin.Torch;

namespace TSpin.Objectives;

/// <summary>What an objective sees of n triplets: one log-probability per response, in nats (the sum over its tokens, or their mean if the recipe says so).</summary>
/// <param name="Annotated">log pi(y|x), [n].</param>
/// <param name="Synthetic">log pi(y'|x), [n], or null.</param>
/// <param name="ProtoSynthetic">log pi(y0|x), [n], or null.</param>
public sealed record SequenceLogProbs(Tensor Annotated, Tensor? Synthetic = null, Tensor? ProtoSynthetic = null);
