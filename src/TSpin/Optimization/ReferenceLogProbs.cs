namespace TSpin.Optimization;

/// <summary>
/// Log-probabilities of one triplet's responses under pi_t, the policy at the start of the iteration. They are computed once, before the
/// first step, so no second model is ever in memory.
/// </summary>
/// <param name="Annotated">log pi_t(y|x), summed, in nats.</param>
/// <param name="Synthetic">log pi_t(y'|x), or null.</param>
/// <param name="ProtoSynthetic">log pi_t(y0|x), or null.</param>
public sealed record ReferenceLogProbs(double Annotated, double? Synthetic, double? ProtoSynthetic);
