using System.Text.Json.Serialization;

namespace TSpin.Studies;

/// <summary>A score in a ledger.</summary>
/// <param name="Name">As <see cref="TrialScore.Name"/>.</param>
/// <param name="Value">The mean.</param>
/// <param name="HigherIsBetter">Whether a larger value is a better one.</param>
public sealed record LedgerScore(string Name, double Value, bool HigherIsBetter)
{
    /// <summary>Standard error of the mean; null where it is not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? StandardError { get; init; }

    /// <summary>The single scores; null where none were recorded.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LedgerItems? Items { get; init; }
}
