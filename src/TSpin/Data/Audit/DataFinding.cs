using System.Text.Json.Serialization;

namespace TSpin.Data.Audit;

/// <summary>One line of audit.jsonl: something about one example that its owner should know.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="File">The file of the example.</param>
/// <param name="Line">Its line, from 1; of Parquet and Arrow its row.</param>
/// <param name="Reason">Why, in a sentence.</param>
public sealed record DataFinding(FindingKind Kind, FindingSeverity Severity, string File, int Line, string Reason)
{
    /// <summary>Number of the example among those audited, from 0; null where it is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Index { get; init; }

    /// <summary>The file of the example that it agrees or disagrees with; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? OtherFile { get; init; }

    /// <summary>The line of that example; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? OtherLine { get; init; }

    /// <summary>Where it is, for people: <c>file:line</c>.</summary>
    [JsonIgnore]
    public string Place => FormattableString.Invariant($"{File}:{Line}");

    /// <summary>Makes a finding about an example.</summary>
    internal static DataFinding Of(
        FindingKind kind, FindingSeverity severity, AnnotatedExample example, string reason, AnnotatedExample? other = null) =>
        new(kind, severity, example.SourceFile, example.SourceLine, reason)
        {
            Index = example.Index,
            OtherFile = other?.SourceFile,
            OtherLine = other?.SourceLine,
        };
}
