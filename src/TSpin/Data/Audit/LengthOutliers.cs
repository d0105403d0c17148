namespace TSpin.Data.Audit;

/// <summary>
/// Prompts and answers whose length in characters, in logarithms, lies five robust standard deviations from the median, and
/// that are at least three times as long or as short as it. Where more than 5% are so, they are a kind of their own.
/// </summary>
internal static class LengthOutliers
{
    private const double Deviations = 5;
    private const double Factor = 3;
    private const double MostShare = 0.05;

    public static IEnumerable<DataFinding> Find(AuditedRow[] rows) => rows.Length < DataAudit.FewestForStatistics ? []
        : Of(rows, "answer", row => row.Example.Response).Concat(Of(rows, "prompt", row => row.Example.Prompt));

    private static IEnumerable<DataFinding> Of(AuditedRow[] rows, string what, Func<AuditedRow, string> textOf)
    {
        var scale = RobustScale.Of(rows.Select(row => Math.Log(Math.Max(1, textOf(row).Length))));
        // With the least spread, what is far enough is at least three times as long.
        DataFinding[] found =
        [
            .. rows.Where(row => Math.Abs(scale.Of(Math.Log(Math.Max(1, textOf(row).Length)), Math.Log(Factor) / Deviations)) >= Deviations)
                .Select(row => DataFinding.Of(FindingKind.Length, FindingSeverity.Note, row.Example, FormattableString.Invariant(
                    $"the {what} has {textOf(row).Length:N0} characters, the median is {Math.Exp(scale.Median):N0}"))),
        ];
        return found.Length <= Math.Max(1, MostShare * rows.Length) ? found : [];
    }
}
