namespace TSpin.Parquet;

/// <summary>Where the values of one column of one row group lie.</summary>
/// <param name="Type">Stored type, to agree with the schema.</param>
/// <param name="Codec">How pages are compressed, by the format's number.</param>
/// <param name="Values">Entries, nulls among them.</param>
/// <param name="Start">First byte in the file.</param>
/// <param name="End">First byte after it.</param>
internal sealed record ColumnChunk(PhysicalType Type, int Codec, long Values, long Start, long End);
