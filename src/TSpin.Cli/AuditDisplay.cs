using System.Globalization;
using System.Text.Json;
using TSpin.Data.Audit;
using TSpin.Files;

namespace TSpin.Cli;

/// <summary>Findings of an audit, for people or programs.</summary>
internal static class AuditDisplay
{
    private static readonly string[] Headers = ["Finding", "Severity", "Examples", "For instance"];

    /// <summary>Writes them.</summary>
    /// <param name="report">What was found.</param>
    /// <param name="json">As one JSON object, instead of a table.</param>
    /// <param name="file">Where the findings went, to be named; null for nowhere.</param>
    /// <param name="output">The output stream.</param>
    public static void Write(AuditReport report, bool json, string? file, TextWriter output)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(report, JsonLinesFormat.Default));
            return;
        }

        output.WriteLine(report.Summary);
        if (report.Findings.Count > 0)
        {
            output.WriteLine();
            TextTable.Show(Headers, ["Examples"], report.Findings.GroupBy(finding => finding.Kind).OrderBy(kind => kind.Key).Select(kind => new[]
            {
                AuditReport.Word(kind.Key), $"{kind.Max(finding => finding.Severity)}".ToLowerInvariant(),
                kind.Count().ToString("N0", CultureInfo.InvariantCulture), Instance(kind.First()),
            }));
            output.WriteLine(file is null ? "\nall of them with reasons: add --out audit.jsonl" : $"\nall of them with reasons: {file}");
        }
    }

    private static string Instance(DataFinding finding) =>
        FormattableString.Invariant($"{Path.GetFileName(finding.File)}:{finding.Line}: {finding.Reason}");
}
