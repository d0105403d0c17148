namespace TSpin.Parquet;

/// <summary>A row of a Parquet file.</summary>
/// <param name="Number">Its place in the file, from 1.</param>
/// <param name="Json">The row as a JSON object, UTF-8; valid until the next row is asked for.</param>
/// <param name="Fault">Why the row cannot be used (a text that is no UTF-8), or null.</param>
public readonly record struct ParquetRow(long Number, ReadOnlyMemory<byte> Json, string? Fault);
