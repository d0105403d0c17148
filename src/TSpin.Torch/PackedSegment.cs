namespace TSpin.Torch;

/// <summary>One stretch of a packed row: one that stands alone, or one that continues another before it.</summary>
/// <param name="Start">Index of its first position in the row.</param>
/// <param name="Length">Positions; at least 1.</param>
/// <param name="Parent">Index, among the segments, of the one that it continues; -1 for one that stands alone. Segments follow their parent.</param>
public readonly record struct PackedSegment(long Start, long Length, long Parent = -1);
