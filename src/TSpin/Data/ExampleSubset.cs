namespace TSpin.Data;

/// <summary>A seeded subset of the examples in annotated files.</summary>
/// <param name="Examples">The chosen examples, in the shuffle's order.</param>
/// <param name="Total">How many usable examples the files have.</param>
/// <param name="Skipped">The records that were left out; empty unless that was allowed.</param>
/// <param name="Format">The layout of the records; never <see cref="DataFormat.Auto"/>.</param>
/// <param name="NotUsed">As <see cref="ExampleSet.NotUsed"/>.</param>
public sealed record ExampleSubset(IReadOnlyList<AnnotatedExample> Examples, int Total, IReadOnlyList<BadLine> Skipped, DataFormat Format, string NotUsed);
