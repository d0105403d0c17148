namespace TSpin.Checks;

/// <summary>All comparisons of one quantity. The worst one is that which used the largest share of what it was allowed.</summary>
/// <param name="Name">For example <c>logits</c>.</param>
/// <param name="Comparisons">How many values were compared.</param>
/// <param name="Misses">How many of them did not hold.</param>
/// <param name="WorstDifference">Absolute difference at the worst place; null where values must be identical.</param>
/// <param name="WorstAllowed">What was allowed there.</param>
/// <param name="WorstWhere">The worst place.</param>
public sealed record CheckedQuantity(string Name, long Comparisons, long Misses, double? WorstDifference, double? WorstAllowed, string? WorstWhere);
