namespace TSpin.Evaluation.Comparison;

/// <summary>A task of two evaluations.</summary>
/// <param name="Task">Its name.</param>
/// <param name="Rows">The rows that both have, by number.</param>
/// <param name="OnlyA">Rows that A alone has.</param>
/// <param name="OnlyB">Rows that B alone has.</param>
/// <param name="Metrics">What both measured.</param>
/// <param name="Writes">Whether the answers are written ones.</param>
public sealed record TaskComparison(
    string Task, IReadOnlyList<(ComparedRow A, ComparedRow B)> Rows, int OnlyA, int OnlyB,
        IReadOnlyList<MetricComparison> Metrics, bool Writes);
