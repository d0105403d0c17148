using System.Text.Json.Serialization;

namespace TSpin.Evaluation;

/// <summary>One number that a task found.</summary>
/// <param name="Name">The metric, in lm-evaluation-harness' words where it has one: <c>exact_match</c>, <c>acc</c>, <c>acc_norm</c>.</param>
/// <param name="Filter">What was taken out of the answers before, in its words: <c>strict-match</c>; <c>none</c> for the answer as it is.</param>
/// <param name="Mode">How answers were made: <c>greedy</c>, <c>sampled</c>; empty for tasks that score given texts.</param>
/// <param name="Title">What people read as the head of a column: <c>greedy strict</c>.</param>
/// <param name="Value">The number; most often a share in [0, 1].</param>
/// <param name="StandardError">Of that mean; null where it is not known.</param>
/// <param name="Examples">How many examples it is over.</param>
public sealed record MetricScore(string Name, string Filter, string Mode, string Title, double Value, double? StandardError, int Examples)
{
    /// <summary>Whether a larger value is a better one. Default: true.</summary>
    public bool HigherIsBetter { get; init; } = true;

    /// <summary>Names the verdicts behind it in <see cref="EvaluatedAnswer.Scores"/>: <c>exact_match,strict-match</c>, as the harness writes it.</summary>
    [JsonIgnore]
    public string Key => KeyOf(Name, Filter);

    /// <summary>The key of a metric.</summary>
    /// <param name="name">See <see cref="Name"/>.</param>
    /// <param name="filter">See <see cref="Filter"/>.</param>
    /// <returns>Both with a comma between.</returns>
    public static string KeyOf(string name, string filter) => $"{name},{filter}";

    /// <summary>A metric as the mean over answers.</summary>
    /// <param name="name">See <see cref="Name"/>.</param>
    /// <param name="filter">See <see cref="Filter"/>.</param>
    /// <param name="mode">The mode whose answers count.</param>
    /// <param name="title">See <see cref="Title"/>.</param>
    /// <param name="answers">All answers of the task.</param>
    /// <returns>Mean and standard error.</returns>
    /// <exception cref="TSpinException">There are no such answers.</exception>
    public static MetricScore Of(string name, string filter, string mode, string title, IEnumerable<EvaluatedAnswer> answers)
    {
        double[] values = [.. answers.Where(answer => answer.Mode == mode).Select(answer => answer.Scores[KeyOf(name, filter)])];
        var mean = values.Length > 0 ? MeanScore.Of(values) : throw new TSpinException("Nothing to evaluate: the test set has no examples. Give a file with at least one, or a higher limit.");
        return new MetricScore(name, filter, mode, title, mean.Score, mean.StandardError, values.Length);
    }

    /// <summary>For people: <c>41.0% ±2.8</c>.</summary>
    /// <returns>In percent where it is in [0, 1], without ± where the error is not known.</returns>
    public string ToText() => Value is < 0 or > 1 ? FormattableString.Invariant($"{Value:F2}{(StandardError is { } own ? FormattableString.Invariant($" ±{own:F2}") : "")}")
        : StandardError is { } error
        ? FormattableString.Invariant($"{100 * Value:F1}% ±{100 * error:F1}")
        : FormattableString.Invariant($"{100 * Value:F1}%");
}
