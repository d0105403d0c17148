using System.Text.Json.Serialization;

namespace TSpin.Studies;

/// <summary>What the answers to a task look like.</summary>
/// <param name="Task">The task.</param>
/// <param name="Mode">How they were made.</param>
/// <param name="Tokens">Mean length.</param>
/// <param name="Cut">Share that was cut at the limit.</param>
public sealed record LedgerAnswers(string Task, string Mode, double Tokens, double Cut)
{
    /// <summary>Mean share of 4-grams that an answer had written before; null where it is not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Repeated { get; init; }
}
