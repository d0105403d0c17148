using System.Text.Json.Serialization;

namespace TSpin.Optimization;

/// <summary>
/// One line of metrics.jsonl: an optimizer step. Means are over the step's triplets, log-probabilities in nats; null where the method has
/// no such quantity.
/// </summary>
public sealed record StepMetrics
{
    /// <summary>One-based step within the iteration.</summary>
    public required int Step { get; init; }

    /// <summary>Steps in the iteration.</summary>
    public required int Steps { get; init; }

    /// <summary>Zero-based epoch.</summary>
    public required int Epoch { get; init; }

    /// <summary>Zero-based self-play iteration.</summary>
    public required int Iteration { get; init; }

    /// <summary>Learning rate of the step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The loss.</summary>
    public required double Loss { get; init; }

    /// <summary>l(alpha u).</summary>
    public double? CurrentTerm { get; init; }

    /// <summary>l(alpha v), before beta.</summary>
    public double? HistoricalTerm { get; init; }

    /// <summary>u, in nats.</summary>
    public double? CurrentAdvantage { get; init; }

    /// <summary>v, in nats.</summary>
    public double? HistoricalAdvantage { get; init; }

    /// <summary>Share of triplets whose reward gap exceeds 5: their gradient is below 0.7% of its largest.</summary>
    public double? SaturatedShare { get; init; }

    /// <summary>log pi(y|x), summed over tokens.</summary>
    public required double LogProbAnnotated { get; init; }

    /// <summary>log pi(y'|x).</summary>
    public double? LogProbSynthetic { get; init; }

    /// <summary>log pi(y0|x).</summary>
    public double? LogProbProtoSynthetic { get; init; }

    /// <summary>log pi(y|x) over all tokens of the step's y, per token.</summary>
    public required double LogProbPerTokenAnnotated { get; init; }

    /// <summary>The same of y'.</summary>
    public double? LogProbPerTokenSynthetic { get; init; }

    /// <summary>The same of y0.</summary>
    public double? LogProbPerTokenProtoSynthetic { get; init; }

    /// <summary>log pi of the token that ends y, mean over those of the step that have it.</summary>
    public double? EndLogProbAnnotated { get; init; }

    /// <summary>The same of those y' that ended by themselves; null where none did.</summary>
    public double? EndLogProbSynthetic { get; init; }

    /// <summary>c(x, y).</summary>
    public double? RewardAnnotated { get; init; }

    /// <summary>c(x, y').</summary>
    public double? RewardSynthetic { get; init; }

    /// <summary>c(x, y) - c(x, y').</summary>
    public double? RewardGap { get; init; }

    /// <summary>Share of triplets where y has the higher reward but the lower log-likelihood than y' (the paper's misalignment).</summary>
    public double? MisalignedShare { get; init; }

    /// <summary>Norm of all gradients before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Mean length of y in tokens.</summary>
    public required double TokensAnnotated { get; init; }

    /// <summary>Mean length of y'.</summary>
    public double? TokensSynthetic { get; init; }

    /// <summary>Mean length of y0.</summary>
    public double? TokensProtoSynthetic { get; init; }

    /// <summary>Means of the objective's own numbers and of responses without a field of their own, by name; null, and not written, where there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, double>? Terms { get; init; }

    /// <summary>Prompt and response tokens (merged responses once) per second of the step.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Seconds the step took.</summary>
    public required double Seconds { get; init; }

    /// <summary>Largest resident memory of the process so far, in bytes.</summary>
    public required long PeakMemoryBytes { get; init; }
}
