namespace TSpin.Torch;

/// <summary>How <see cref="FusedLayers.SegmentAttention"/> is computed; the numbers are those of tspin_torch.h. All give the same up to rounding.</summary>
public enum AttentionPath
{
    /// <summary>The CPU's kernels; on CUDA the variable-length flash kernel where it takes the tensors, else <see cref="BySegment"/>.</summary>
    Best = 0,

    /// <summary>libtorch's own operations, segment by segment: what the others are tested against.</summary>
    BySegment = 1,

    /// <summary>One variable-length call over all segments, as on CUDA; on the CPU a loop stands in for the flash kernel. Without soft cap.</summary>
    InOneCall = 2,
}
