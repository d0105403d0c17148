namespace TSpin.Torch;

/// <summary>What low-rank adaptation (LoRA, arXiv 2106.09685) adds to a projection W x: scale x B A x.</summary>
/// <param name="A">[r, in].</param>
/// <param name="B">[out, r].</param>
/// <param name="Scale">The paper's alpha / r.</param>
public sealed record LowRankUpdate(Tensor A, Tensor B, double Scale);
