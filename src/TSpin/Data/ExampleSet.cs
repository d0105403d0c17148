namespace TSpin.Data;

/// <summary>What was read from annotated files.</summary>
/// <param name="Examples">The usable examples in file order, at least one; <c>Examples[i].Index == i</c>.</param>
/// <param name="Skipped">The records that were left out; empty unless that was allowed.</param>
/// <param name="Format">The layout of the records; never <see cref="DataFormat.Auto"/>.</param>
public sealed record ExampleSet(IReadOnlyList<AnnotatedExample> Examples, IReadOnlyList<BadLine> Skipped, DataFormat Format)
{
    /// <summary>Which keys change what records mean and are not used (<c>rejected</c>, <c>tools</c>), with counts, for the user to know; empty for none.</summary>
    public string NotUsed { get; init; } = "";
}
