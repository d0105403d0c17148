namespace TSpin.TensorBoard;

/// <summary>One record of an event file.</summary>
/// <param name="WallTime">Seconds since 1970.</param>
/// <param name="Step">The step; 0 where none is written.</param>
public sealed record EventRecord(double WallTime, long Step)
{
    /// <summary>What a file's first record says, <c>brain.Event:2</c>; null in every other.</summary>
    public string? FileVersion { get; init; }

    /// <summary>True where a writer began here: TensorBoard then forgets what it read of this step and later
    /// ones.</summary>
    public bool StartsSession { get; init; }

    /// <summary>The values.</summary>
    public IReadOnlyList<EventValue> Values { get; init; } = [];
}
