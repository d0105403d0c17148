namespace TSpin.Pretraining;

/// <summary>One line of pretrain-log.jsonl.</summary>
/// <param name="Step">One-based step.</param>
/// <param name="Loss">Mean negative log-probability per token, in nats.</param>
/// <param name="LearningRate">Learning rate of the step.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="TokensPerSecond">Tokens of the step over its time.</param>
public sealed record PretrainingStep(int Step, double Loss, double LearningRate, double GradientNorm, double TokensPerSecond);
