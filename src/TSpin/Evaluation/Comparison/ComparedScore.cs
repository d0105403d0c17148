namespace TSpin.Evaluation.Comparison;

/// <summary>What a metric says of one row.</summary>
/// <param name="Value">The number; of several verdicts their mean.</param>
/// <param name="Weight">What the row counts in the metric's mean: 1, or its verdicts, or its tokens.</param>
public sealed record ComparedScore(double Value, double Weight = 1);
