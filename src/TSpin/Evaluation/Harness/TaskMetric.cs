namespace TSpin.Evaluation.Harness;

/// <summary>A number that a task reports.</summary>
/// <param name="Name">In the harness' words: <c>acc</c>, <c>acc_norm</c>, <c>exact_match</c>.</param>
/// <param name="IsPerPart">Whether a row has several verdicts, which are averaged over all rows' together; the harness gives no error for such. Default: one a row.</param>
/// <param name="HigherIsBetter">Whether a larger value is a better one.</param>
public sealed record TaskMetric(string Name, bool IsPerPart = false, bool HigherIsBetter = true)
{
    /// <summary>Right or wrong by the likeliest choice.</summary>
    public static TaskMetric Accuracy { get; } = new("acc");

    /// <summary>The same with log-probabilities divided by the choices' lengths in characters.</summary>
    public static TaskMetric NormalizedAccuracy { get; } = new("acc_norm");

    /// <summary>Right or wrong by the text.</summary>
    public static TaskMetric ExactMatch { get; } = new("exact_match");
}
