namespace TSpin.Parquet;

/// <summary>A value as it is stored: in <paramref name="Bits"/> where it has at most eight bytes by type, else in <paramref name="Bytes"/>.</summary>
/// <param name="Bits">Truth values, whole numbers (sign extended), and the bits of floating-point numbers.</param>
/// <param name="Bytes">Byte arrays and INT96; valid until the next value is asked for.</param>
internal readonly record struct ParquetValue(long Bits, ReadOnlyMemory<byte> Bytes);
