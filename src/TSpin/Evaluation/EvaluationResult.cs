namespace TSpin.Evaluation;

/// <summary>What one task found of one checkpoint.</summary>
/// <param name="Task">Its name, for example <c>gsm8k</c>.</param>
/// <param name="Examples">Problems.</param>
/// <param name="Metrics">What it measures; the first is what checkpoints are chosen by and reports speak of.</param>
/// <param name="Answers">What the generated answers look like, one entry a mode; empty for tasks that generate none.</param>
/// <param name="AnnotatedLogProbPerToken">Mean log-probability of the annotated test answers, per token, nats; null where the task does not measure it.</param>
/// <param name="AnnotatedTokens">Tokens that mean is over.</param>
/// <param name="Seconds">Time taken.</param>
/// <param name="PromptsTruncated">Prompts that were cut to fit.</param>
public sealed record EvaluationResult(
    string Task,
    int Examples,
    IReadOnlyList<MetricScore> Metrics,
    IReadOnlyList<AnswerStatistics> Answers,
    double? AnnotatedLogProbPerToken,
    long AnnotatedTokens,
    double Seconds,
    int PromptsTruncated = 0);
