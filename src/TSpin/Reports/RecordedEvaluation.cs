using System.Text.Json;

namespace TSpin.Reports;

/// <summary>One <c>evaluation.json</c> of a run: what a checkpoint scored on held-out problems.</summary>
/// <param name="Task">Name of the task, for example <c>gsm8k</c>; empty when not recorded.</param>
/// <param name="Examples">Number of problems, if recorded.</param>
/// <param name="Greedy">Scores of greedy answers, if taken.</param>
/// <param name="Sampled">Scores of sampled answers, if taken.</param>
/// <param name="Extra">Greedy scores on further sets of problems, by name, in file order.</param>
/// <param name="AnnotatedLogProbPerToken">Mean log-probability of the annotated test answers, nats per token; NaN when not recorded.</param>
/// <param name="Seconds">Time the evaluation took; NaN when not recorded.</param>
public sealed record RecordedEvaluation(
    string Task,
    int? Examples,
    DecodingScores? Greedy,
    DecodingScores? Sampled,
    IReadOnlyList<KeyValuePair<string, DecodingScores>> Extra,
    double AnnotatedLogProbPerToken,
    double Seconds)
{
    internal static RecordedEvaluation? Read(string path, ICollection<string> notes) => JsonLines.ReadObject(path, notes, From);

    private static RecordedEvaluation From(JsonElement root)
    {
        var extra = new List<KeyValuePair<string, DecodingScores>>();
        if (JsonField.Child(root, "extra") is { } sets)
        {
            foreach (var set in sets.EnumerateObject().Where(set => set.Value.ValueKind == JsonValueKind.Object))
            {
                extra.Add(new(set.Name, DecodingScores.From(set.Value)));
            }
        }

        return new RecordedEvaluation(
            JsonField.Text(root, "task") ?? "",
            JsonField.Integer(root, "examples"),
            JsonField.Child(root, "greedy") is { } greedy ? DecodingScores.From(greedy) : null,
            JsonField.Child(root, "sampled") is { } sampled ? DecodingScores.From(sampled) : null,
            extra,
            JsonField.Number(root, "annotated_log_prob_per_token"),
            JsonField.Number(root, "seconds"));
    }
}
