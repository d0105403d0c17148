namespace TSpin.Torch;

/// <summary>One decoder block of a step of generation, for <see cref="FusedLayers.Decode"/>.</summary>
/// <param name="Weights">The block's weights.</param>
/// <param name="Constants">The block's numbers.</param>
/// <param name="Keys">[N or more, key heads, capacity, D]; slot p of a row holds the token at position p.</param>
/// <param name="Values">As the keys.</param>
/// <param name="Angles">Cosines and sines [N, R/2] that turn the first R numbers of queries and keys; null for none.</param>
public sealed record DecodeBlock(DecodeBlockWeights Weights, DecodeBlockConstants Constants, Tensor Keys, Tensor Values, (Tensor Cos, Tensor Sin)? Angles);
