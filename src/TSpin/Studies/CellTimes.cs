namespace TSpin.Studies;

/// <summary>How long cells will take, by those that are finished.</summary>
/// <param name="lines">The ledger.</param>
internal sealed class CellTimes(IReadOnlyList<LedgerLine> lines)
{
    /// <summary>Minutes of a cell.</summary>
    /// <param name="cell">The cell.</param>
    /// <returns>The mean of finished cells that are alike: of the same setting and amount, else of the same amount,
    /// else of another amount of the method, in proportion, else of the same amount of any method; null where there is
    /// none.</returns>
    public double? Of(StudyCell cell)
    {
        var own = lines.Where(line => line.Method == cell.Method).ToArray();
        return Mean(own.Where(line => line.Examples == cell.Examples && line.Setting == cell.Setting))
            ?? Mean(own.Where(line => line.Examples == cell.Examples))
            ?? InProportion(own, cell.Examples)
            ?? Mean(lines.Where(line => line.Examples == cell.Examples));
    }

    /// <summary>Minutes of several cells.</summary>
    /// <param name="cells">The cells.</param>
    /// <returns>Their sum; null where one is not known.</returns>
    public double? Of(IEnumerable<StudyCell> cells) => cells.Select(Of).Aggregate((double?)0, (sum, minutes) => sum + minutes);

    private static double? InProportion(LedgerLine[] own, int? examples) => examples is not { } count ? null
        : own.Where(line => line.Examples is > 0).OrderBy(line => Math.Abs(line.Examples!.Value - count)).FirstOrDefault() is { } nearest
            ? Own(nearest) * count / nearest.Examples : null;

    private static double? Mean(IEnumerable<LedgerLine> alike) => alike.Select(line => (double?)Own(line)).Average();

    // What was adopted is there for the next one too.
    private static double Own(LedgerLine line) => line.Minutes - line.AdoptedMinutes;
}
