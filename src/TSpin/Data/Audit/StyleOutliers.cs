namespace TSpin.Data.Audit;

/// <summary>Answers without a form that at least 90% of the answers have: how they end and begin, Markdown.</summary>
internal static class StyleOutliers
{
    private static readonly (string Common, string Instead, bool IsGrave, Func<AuditedRow, bool> Has)[] Forms =
    [
        ("end in \"#### result\"", "this one does not", true, row => row.Ending == AnswerEnding.Marked),
        ("end in \\boxed{result}", "this one does not", true, row => row.Ending == AnswerEnding.Boxed),
        ("end in the end of a sentence", "this one does not", false, row => row.Ending == AnswerEnding.Sentence),
        ("end in no number that stands alone", "this one does", false, row => row.Ending != AnswerEnding.Digit),
        ("have Markdown (headings, lists, bold, code)", "this one has none", false, row => row.HasMarkdown),
        ("have no Markdown (headings, lists, bold, code)", "this one has", false, row => !row.HasMarkdown),
        ("begin with a small letter", "this one does not", false, row => row.BeginsLowerCase),
        ("do not begin with a small letter", "this one does", false, row => !row.BeginsLowerCase),
        ("have no \"#### result\" at their end", "this one has", true, row => row.Ending != AnswerEnding.Marked),
    ];

    public static IEnumerable<DataFinding> Find(AuditedRow[] rows, HashSet<int> truncated)
    {
        if (rows.Length < DataAudit.FewestForStatistics)
        {
            return [];
        }

        var forms = Forms.Select(form => (Form: form, Count: rows.Count(form.Has)))
            .Where(form => form.Count >= DataAudit.CommonShare * rows.Length && form.Count < rows.Length)
            .Append(Opening(rows)).ToArray();
        return rows.Where(row => !truncated.Contains(row.Example.Index)).Select(row => (Row: row, Missing: Missing(row)))
            .Where(found => found.Missing.Length > 0).Select(found => DataFinding.Of(
                FindingKind.Style, found.Missing.Any(form => form.Form.IsGrave) ? FindingSeverity.Warning : FindingSeverity.Note,
                found.Row.Example, string.Join("; ", found.Missing.Select(form => FormattableString.Invariant(
                    $"{form.Count:N0} of {rows.Length:N0} answers {form.Form.Common}, {form.Form.Instead}")))));

        ((string Common, string Instead, bool IsGrave, Func<AuditedRow, bool> Has) Form, int Count)[] Missing(AuditedRow row) =>
            [.. forms.Where(form => form.Count > 0 && !form.Form.Has(row))];
    }

    // The three words that nearly all answers begin with.
    private static ((string Common, string Instead, bool IsGrave, Func<AuditedRow, bool> Has) Form, int Count) Opening(AuditedRow[] rows)
    {
        var common = rows.GroupBy(row => row.Opening).MaxBy(group => group.Count())!;
        return common.Key != 0 && common.Count() >= DataAudit.CommonShare * rows.Length && common.Count() < rows.Length
            ? (("begin with the same three words", "this one does not", false, row => row.Opening == common.Key), common.Count())
            : default;
    }
}
