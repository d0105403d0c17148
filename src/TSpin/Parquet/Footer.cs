namespace TSpin.Parquet;

/// <summary>What a file says about itself at its end.</summary>
/// <param name="Root">The rows' type.</param>
/// <param name="Rows">How many there are.</param>
/// <param name="RowGroups">They are stored in these.</param>
/// <param name="CreatedBy">The program that wrote it, or empty.</param>
internal sealed record Footer(SchemaNode Root, long Rows, IReadOnlyList<RowGroup> RowGroups, string CreatedBy);
