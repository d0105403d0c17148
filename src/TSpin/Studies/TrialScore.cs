namespace TSpin.Studies;

/// <summary>One metric of one task after one iteration of a trial.</summary>
/// <param name="Task">The task's name, as <c>gsm8k</c>.</param>
/// <param name="Metric">Metric and filter, as <c>exact_match,strict-match</c>; <see cref="Evaluation.CheckpointChoice.NatsPerToken"/>
/// for the negative log-probability of the annotated answers per token.</param>
/// <param name="Mode">How answers were made: <c>greedy</c>, <c>sampled</c>; empty where given texts are scored.</param>
/// <param name="HigherIsBetter">Whether a larger value is a better one.</param>
/// <param name="Value">The mean.</param>
/// <param name="StandardError">Of that mean; null where it is not known.</param>
/// <param name="Examples">How many examples it is over.</param>
/// <param name="Items">The value of each example by its index, as comparisons read them; null where none were recorded.</param>
public sealed record TrialScore(
    string Task, string Metric, string Mode, bool HigherIsBetter, double Value, double? StandardError, int Examples,
    IReadOnlyDictionary<int, double>? Items)
{
    /// <summary>What each example is, by its index: the hash of prompt and annotated answer, and which of those alike it
    /// is. Runs of other seeds may number the same examples otherwise. Null where there are no items.</summary>
    public IReadOnlyDictionary<int, string>? Fingerprints { get; init; }

    /// <summary>The score by one name: <c>gsm8k/exact_match,strict-match</c>; with the mode in brackets behind the
    /// task where it is not greedy.</summary>
    public string Name => Mode is "" or "greedy" ? $"{Task}/{Metric}" : $"{Task} ({Mode})/{Metric}";
}
