using System.Text.Json;
using System.Text.Json.Serialization;

namespace TSpin.Checks;

/// <summary>The outcome of comparing one subject (a model folder, a training record) with what another stack computed.</summary>
/// <param name="Subject">What was checked: a path.</param>
/// <param name="Quantities">Every quantity, in the order first compared.</param>
/// <param name="FirstMisses">At most <see cref="ShownMisses"/>.</param>
/// <param name="Fault">Why the subject could not be checked to the end (missing file, unknown family, malformed record); null when it was.</param>
/// <param name="NotCompared">What the record holds but does not ask to be equal, in words.</param>
public sealed record CheckReport(
    string Subject, IReadOnlyList<CheckedQuantity> Quantities, IReadOnlyList<CheckMiss> FirstMisses, string? Fault, IReadOnlyList<string> NotCompared)
{
    /// <summary>How many misses are spelled out.</summary>
    public const int ShownMisses = 10;

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    /// <summary>Values compared.</summary>
    public long Comparisons => Quantities.Sum(quantity => quantity.Comparisons);

    /// <summary>Values that did not hold.</summary>
    public long Misses => Quantities.Sum(quantity => quantity.Misses);

    /// <summary>True when something was compared, everything held and nothing was in the way.</summary>
    public bool Passed => Fault is null && Misses == 0 && Comparisons > 0;

    /// <summary>The process exit code for a set of reports.</summary>
    /// <param name="reports">What was checked.</param>
    /// <returns>0 when all passed; 1 when a value missed; else 2: something could not be checked.</returns>
    public static int ExitCode(IReadOnlyList<CheckReport> reports) =>
        reports.Any(report => report.Misses > 0) ? 1
        : reports.Count > 0 && reports.All(report => report.Passed) ? 0
        : 2;

    /// <summary>All reports as one JSON object: <c>passed</c>, <c>exit_code</c>, <c>reports</c>.</summary>
    /// <param name="reports">What was checked.</param>
    /// <returns>Indented JSON; NaN and infinities as text.</returns>
    public static string ToJson(IReadOnlyList<CheckReport> reports) => JsonSerializer.Serialize(
        new Summary(ExitCode(reports) == 0, ExitCode(reports), reports), Format);

    /// <summary>The report for people: one line per quantity, then the first misses.</summary>
    /// <returns>Lines without a final line break.</returns>
    public string ToText()
    {
        var lines = new List<string> { $"{Subject}: {(Passed ? $"ok, {Comparisons} values hold" : Fault is not null ? "not checked" : $"MISSED, {Misses} of {Comparisons} values")}" };
        var width = Quantities.Select(quantity => quantity.Name.Length).DefaultIfEmpty(0).Max();
        foreach (var quantity in Quantities)
        {
            var worst = quantity.WorstDifference is { } difference ? $"largest difference {difference:0.0e+00} of {quantity.WorstAllowed:0.0e+00} allowed, at {quantity.WorstWhere}" : "identical";
            var outcome = quantity.Misses == 0 ? worst
                : quantity.WorstDifference is null ? $"{quantity.Misses} MISSED"
                : $"{quantity.Misses} MISSED, {worst}";
            lines.Add($"  {quantity.Name.PadRight(width)}  {quantity.Comparisons,8}  {outcome}");
        }

        lines.AddRange(NotCompared.Select(reason => $"  not compared: {reason}"));
        lines.AddRange(FirstMisses.Select(miss =>
            $"  miss: {miss.Quantity} at {miss.Where}: {miss.Actual}, recorded {miss.Expected}{(miss.Allowed is { } allowed ? $" (off by {miss.Difference:0.0e+00}, allowed {allowed:0.0e+00})" : "")}"));
        if (Misses > FirstMisses.Count)
        {
            lines.Add($"  and {Misses - FirstMisses.Count} more misses");
        }

        if (Fault is not null)
        {
            lines.Add($"  {Fault}");
        }

        return string.Join('\n', lines);
    }

    private sealed record Summary(bool Passed, int ExitCode, IReadOnlyList<CheckReport> Reports);
}
