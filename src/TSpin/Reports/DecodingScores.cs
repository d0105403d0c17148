using System.Text.Json;

namespace TSpin.Reports;

/// <summary>What one way of decoding (greedy or sampled) scored on one set of problems.</summary>
/// <param name="Strict">Exact match under the task's strict rule, if recorded.</param>
/// <param name="Flexible">Exact match under the task's flexible rule (the last number in the answer), if recorded.</param>
/// <param name="FormatShare">Share of answers in the asked-for format, in [0, 1]; NaN when not recorded.</param>
/// <param name="EndedShare">Share of answers that ended by themselves, not at the length limit, in [0, 1]; NaN when not recorded.</param>
/// <param name="MeanResponseTokens">Mean length of an answer in tokens; NaN when not recorded.</param>
public sealed record DecodingScores(RecordedScore? Strict, RecordedScore? Flexible, double FormatShare, double EndedShare, double MeanResponseTokens)
{
    internal static DecodingScores From(JsonElement element) => new(
        Score(element, "strict"),
        Score(element, "flexible"),
        JsonField.Number(element, "format_share"),
        JsonField.Number(element, "ended_share"),
        JsonField.Number(element, "mean_response_tokens"));

    private static RecordedScore? Score(JsonElement owner, string name) =>
        JsonField.Child(owner, name) is { } child && JsonField.Number(child, "score") is var value && double.IsFinite(value)
            ? new RecordedScore(value, JsonField.Number(child, "standard_error"))
            : null;
}
