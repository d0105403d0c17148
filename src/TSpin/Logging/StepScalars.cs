using TSpin.Optimization;

namespace TSpin.Logging;

/// <summary>The figures of an optimizer step as TensorBoard's scalars; what a method does not have is left
/// out.</summary>
public static class StepScalars
{
    /// <summary>The tag of the loss, which every step has and every event of a step begins with.</summary>
    public const string Loss = "train/loss";

    /// <summary>Tags and values.</summary>
    /// <param name="step">The step.</param>
    /// <returns>The loss first.</returns>
    public static IReadOnlyList<KeyValuePair<string, double>> Of(StepMetrics step)
    {
        (string Tag, double? Value)[] all =
        [
            (Loss, step.Loss),
            ("train/current_term", step.CurrentTerm),
            ("train/historical_term", step.HistoricalTerm),
            ("train/current_advantage", step.CurrentAdvantage),
            ("train/historical_advantage", step.HistoricalAdvantage),
            ("train/saturated_share", step.SaturatedShare),
            ("train/misaligned_share", step.MisalignedShare),
            ("train/gradient_norm", step.GradientNorm),
            ("train/learning_rate", step.LearningRate),
            ("train/epoch", step.Epoch),
            ("log_prob/annotated", step.LogProbAnnotated),
            ("log_prob/synthetic", step.LogProbSynthetic),
            ("log_prob/proto_synthetic", step.LogProbProtoSynthetic),
            ("log_prob_per_token/annotated", step.LogProbPerTokenAnnotated),
            ("log_prob_per_token/synthetic", step.LogProbPerTokenSynthetic),
            ("log_prob_per_token/proto_synthetic", step.LogProbPerTokenProtoSynthetic),
            ("end_log_prob/annotated", step.EndLogProbAnnotated),
            ("end_log_prob/synthetic", step.EndLogProbSynthetic),
            ("reward/annotated", step.RewardAnnotated),
            ("reward/synthetic", step.RewardSynthetic),
            ("reward/gap", step.RewardGap),
            ("tokens/annotated", step.TokensAnnotated),
            ("tokens/synthetic", step.TokensSynthetic),
            ("tokens/proto_synthetic", step.TokensProtoSynthetic),
            ("performance/tokens_per_second", step.TokensPerSecond),
            ("performance/seconds", step.Seconds),
            ("performance/peak_memory_bytes", step.PeakMemoryBytes),
        ];
        return
        [
            .. all.Where(entry => entry.Value is not null)
                .Select(entry => KeyValuePair.Create(entry.Tag, entry.Value!.Value)),
            .. (step.Terms ?? new Dictionary<string, double>())
                .Select(term => KeyValuePair.Create($"terms/{term.Key}", term.Value)),
        ];
    }
}
