namespace TSpin.Parquet;

/// <summary>The type of a column's values.</summary>
/// <param name="Physical">How they are stored.</param>
/// <param name="Width">Bytes of one value where all have the same number, else 0.</param>
/// <param name="Meaning">What they stand for.</param>
/// <param name="Scale">Digits after the point, of decimals.</param>
/// <param name="IsUtc">Whether timestamps are instants rather than local times.</param>
internal sealed record LeafType(PhysicalType Physical, int Width, ValueMeaning Meaning, int Scale, bool IsUtc);
