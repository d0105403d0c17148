namespace TSpin.Evaluation.Comparison;

/// <summary>All rows of one task as an evaluation recorded them.</summary>
/// <param name="Name">The task's name; with how answers were sampled behind it, where they were.</param>
/// <param name="Writes">Whether the model wrote its answers rather than chose them.</param>
/// <param name="Rows">By number.</param>
/// <param name="HigherIsBetter">By metric without filter; what is missing is.</param>
public sealed record ComparedTask(
    string Name, bool Writes, IReadOnlyDictionary<int, ComparedRow> Rows,
        IReadOnlyDictionary<string, bool> HigherIsBetter);
