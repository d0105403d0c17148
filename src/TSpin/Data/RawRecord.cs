namespace TSpin.Data;

/// <summary>The bytes of one record, cut out of a file but not yet parsed.</summary>
/// <param name="Line">The line where it starts, from 1.</param>
/// <param name="Json">UTF-8 JSON; valid until the next record is asked for.</param>
/// <param name="Fault">Why the bytes are not there, or null.</param>
/// <param name="NotRead">Which columns of the file are not in the record, and why; empty for none.</param>
internal readonly record struct RawRecord(int Line, ReadOnlyMemory<byte> Json, string? Fault = null, string NotRead = "");
