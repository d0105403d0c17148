namespace TSpin.Parquet;

/// <summary>One element of the flattened schema in a footer: a group, or a column.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Stored type; null for a group.</param>
/// <param name="Width">Bytes of a value of fixed length.</param>
/// <param name="Repetition">0 required, 1 optional, 2 repeated.</param>
/// <param name="Children">How many elements a group has.</param>
/// <param name="Meaning">What it stands for.</param>
/// <param name="Scale">Digits after the point, of decimals.</param>
/// <param name="IsUtc">Whether timestamps are instants rather than local times.</param>
internal sealed record SchemaElement(
    string Name, PhysicalType? Type, int Width, int Repetition, int Children, ValueMeaning Meaning, int Scale, bool IsUtc);
