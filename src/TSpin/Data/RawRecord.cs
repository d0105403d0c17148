namespace TSpin.Data;

/// <summary>The bytes of one record, cut out of a file but not yet parsed.</summary>
/// <param name="Line">The line where it starts, from 1.</param>
/// <param name="Json">UTF-8 JSON; valid until the next record is asked for.</param>
/// <param name="Fault">Why the bytes are not there, or null.</param>
internal readonly record struct RawRecord(int Line, ReadOnlyMemory<byte> Json, string? Fault = null);
