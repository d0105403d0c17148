namespace TSpin.Checks;

/// <summary>One comparison that did not hold.</summary>
/// <param name="Quantity">What was compared, for example <c>logits</c>.</param>
/// <param name="Where">Which element of it.</param>
/// <param name="Expected">The recorded value.</param>
/// <param name="Actual">The value computed here.</param>
/// <param name="Difference">Absolute difference; null where values must be identical.</param>
/// <param name="Allowed">Largest difference that would have held; null where values must be identical.</param>
public sealed record CheckMiss(string Quantity, string Where, string Expected, string Actual, double? Difference, double? Allowed);
