namespace TSpin.Models;

/// <summary>When weights were as they are; equal versions mean equal weights.</summary>
/// <param name="Replacements">Parameters that other tensors took the place of, or adapters that were put on or taken off.</param>
/// <param name="Writes">Operations that wrote to the tensors there are; see <see cref="Torch.TensorVersions"/>.</param>
internal readonly record struct WeightsVersion(int Replacements, long Writes)
{
    /// <summary>The version of two things together.</summary>
    public static WeightsVersion operator +(WeightsVersion one, WeightsVersion other) => new(one.Replacements + other.Replacements, one.Writes + other.Writes);
}
