namespace TSpin.Reports;

/// <summary>One row of a <see cref="ScoreTable"/>.</summary>
/// <param name="Run">Index of the run it belongs to; -1 for the base model.</param>
/// <param name="Cells">One text per column; empty where there is no value.</param>
public sealed record ScoreRow(int Run, IReadOnlyList<string> Cells);
