namespace TSpin.Data.Audit;

/// <summary>
/// Looks for what makes annotated data worse than their number says: duplicates, contradictions, broken-off answers,
/// outliers, test data. Needs no model; time and memory grow linearly with the data. Findings are no faults: a person
/// decides.
/// </summary>
public static class DataAudit
{
    /// <summary>Fewer examples than this have no common form that one could differ from.</summary>
    internal const int FewestForStatistics = 20;

    /// <summary>Share of the examples that makes a form the common one.</summary>
    internal const double CommonShare = 0.9;

    /// <summary>Audits examples.</summary>
    /// <param name="examples">The examples, in the order of their files where "further up" is to mean that.</param>
    /// <param name="settings">What else to look at. Default: the examples alone.</param>
    /// <returns>The findings.</returns>
    public static AuditReport Of(IReadOnlyList<AnnotatedExample> examples, AuditSettings? settings = null)
    {
        settings ??= new AuditSettings();
        var rows = new AuditedRow[examples.Count];
        Parallel.For(0, rows.Length, i => rows[i] = AuditedRow.Of(examples[i]));
        var alike = SamePrompts.Find(rows).ToList();
        var truncated = TruncatedAnswers.Find(rows).ToList();
        var same = alike.Where(finding => finding.Kind == FindingKind.Duplicate).Select(finding => finding.Index!.Value).ToHashSet();
        var cut = truncated.Select(finding => finding.Index!.Value).ToHashSet();
        return AuditReport.Of(examples.Count,
        [
            .. settings.Bad.Select(bad => new DataFinding(
                FindingKind.BadRecord, FindingSeverity.Error, bad.File, bad.Line, bad.Message)),
            .. alike,
            .. truncated,
            .. NearDuplicates.Find(rows, same),
            .. EmptyAnswers.Find(rows),
            .. RepeatedAnswers.Find(rows),
            .. LengthOutliers.Find(rows),
            .. StyleOutliers.Find(rows, cut),
            .. LanguageOutliers.Find(rows, settings.Language),
            .. TestOverlaps.Find(rows, settings.Tests),
        ]);
    }
}
