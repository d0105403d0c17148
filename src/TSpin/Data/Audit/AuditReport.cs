using System.Globalization;
using System.Text.Json;
using TSpin.Files;

namespace TSpin.Data.Audit;

/// <summary>What an audit found.</summary>
/// <param name="Examples">How many examples were looked at.</param>
/// <param name="Findings">By file and line of the example, then by kind.</param>
public sealed record AuditReport(int Examples, IReadOnlyList<DataFinding> Findings)
{
    /// <summary>How many findings of each kind there are, only kinds that were found, the gravest first.</summary>
    public IReadOnlyList<(FindingKind Kind, int Count)> Counts =>
        [.. Findings.GroupBy(finding => finding.Kind).OrderBy(found => found.Key).Select(found => (found.Key, found.Count()))];

    /// <summary>The worst that was found; null for nothing.</summary>
    public FindingSeverity? Worst => Findings.Count == 0 ? null : Findings.Max(finding => finding.Severity);

    /// <summary>All in one line.</summary>
    public string Summary
    {
        get
        {
            if (Findings.Count == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"nothing found in {Examples:N0} examples");
            }

            var rows = Findings.Select(finding => finding.Place).Distinct(StringComparer.Ordinal).Count();
            var kinds = Counts.Select(found => string.Create(CultureInfo.InvariantCulture, $"{found.Count:N0} {Word(found.Kind)}"));
            return string.Create(
                CultureInfo.InvariantCulture, $"findings at {rows:N0} of {Examples:N0} examples: {string.Join(", ", kinds)}");
        }
    }

    /// <summary>A kind in words: <c>near duplicate</c>.</summary>
    /// <param name="kind">The kind.</param>
    /// <returns>As people read it.</returns>
    public static string Word(FindingKind kind) => Name(kind).Replace('_', ' ');

    /// <summary>A kind as files have it: <c>near_duplicate</c>.</summary>
    /// <param name="kind">The kind.</param>
    /// <returns>As in audit.jsonl.</returns>
    public static string Name(FindingKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());

    /// <summary>The same with more findings about the same examples.</summary>
    /// <param name="more">The findings.</param>
    /// <returns>All in their order.</returns>
    public AuditReport With(IEnumerable<DataFinding> more) => Of(Examples, [.. Findings, .. more]);

    /// <summary>Writes a line for each finding; an existing file is replaced.</summary>
    /// <param name="path">The JSON Lines file; <see cref="Read"/> reads it again.</param>
    /// <exception cref="TSpinException">It cannot be written.</exception>
    public void Write(string path) => JsonLinesFile.Write(path, Findings);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The findings.</returns>
    /// <exception cref="TSpinException">There is no such file, or a line is no finding.</exception>
    public static IReadOnlyList<DataFinding> Read(string path) => [.. JsonLinesReader.Read<DataFinding>(path)];

    /// <summary>Puts findings into their order.</summary>
    internal static AuditReport Of(int examples, IEnumerable<DataFinding> findings) => new(
        examples,
        [
            .. findings.OrderBy(finding => finding.File, StringComparer.Ordinal).ThenBy(finding => finding.Line)
                .ThenBy(finding => finding.Index).ThenBy(finding => finding.Kind),
        ]);
}
