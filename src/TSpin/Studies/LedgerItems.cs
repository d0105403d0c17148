using System.Text.Json.Serialization;

namespace TSpin.Studies;

/// <summary>The scores of single items in a ledger, in the order of the items' fingerprints.</summary>
/// <param name="Set">Hash of all fingerprints: items of the same set can be compared one by one.</param>
public sealed record LedgerItems(string Set)
{
    /// <summary>A digit for each item where all scores are 0 or 1; else null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Verdicts { get; init; }

    /// <summary>The scores where they are others; else null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? Values { get; init; }

    /// <summary>The scores.</summary>
    /// <returns>One for each item.</returns>
    public double[] ToArray() => Verdicts is not null ? [.. Verdicts.Select(digit => digit - '0')] : [.. Values ?? []];

    /// <summary>Takes a score's items.</summary>
    /// <param name="score">The score.</param>
    /// <returns>Null where it has none.</returns>
    public static LedgerItems? Of(TrialScore score)
    {
        if (score.Items is not { } items || score.Fingerprints is not { } prints)
        {
            return null;
        }

        var ordered = items.OrderBy(item => prints[item.Key], StringComparer.Ordinal).ToArray();
        var set = SharedKeys.HashOf(string.Join('\n', ordered.Select(item => prints[item.Key])))[..12];
        return ordered.All(item => item.Value is 0 or 1)
            ? new LedgerItems(set) { Verdicts = string.Concat(ordered.Select(item => item.Value == 1 ? '1' : '0')) }
            : new LedgerItems(set) { Values = [.. ordered.Select(item => item.Value)] };
    }
}
