using TSpin.Data.Audit;

namespace TSpin.Reports.Html;

/// <summary>What an audit found in the training examples, and what training showed of them.</summary>
internal static class AuditSection
{
    private const int ShownOfKind = 5;

    public static Markup Draw(RunRecord run) => run.Findings.Count == 0
        ? Markup.Empty
        : Markup.Of($"""
            <h2>The annotated examples</h2>
            <p class="soft">What the audit before training found ({AuditReport.Name(FindingKind.Duplicate)} and the like: docs/data.md), and which answers training made less likely or hardly moved. At most {ShownOfKind} of a kind are shown; audit.jsonl and audit-training.jsonl in the run's folder have all, with reasons.</p>
            <table class="plain"><thead><tr><th>finding</th><th>severity</th><th>example</th><th>reason</th></tr></thead><tbody>
            {Markup.Join(run.Findings.GroupBy(finding => finding.Kind).OrderBy(kind => kind.Key).SelectMany(Rows))}</tbody></table>

            """);

    private static IEnumerable<Markup> Rows(IGrouping<FindingKind, DataFinding> kind)
    {
        var count = kind.Count();
        return kind.OrderByDescending(finding => finding.Severity).Take(ShownOfKind).Select((finding, i) => Markup.Of(
            $"<tr><td>{(i == 0 ? FormattableString.Invariant($"{count:N0} {AuditReport.Word(kind.Key)}") : "")}</td><td>{finding.Severity.ToString().ToLowerInvariant()}</td><td>{FormattableString.Invariant($"{Path.GetFileName(finding.File)}:{finding.Line}")}</td><td>{HtmlText.Shorten(finding.Reason, 400)}</td></tr>\n"));
    }
}
