namespace TSpin.Evaluation;

/// <summary>What an evaluation of one checkpoint found: the content of <c>evaluation.json</c>.</summary>
/// <param name="Task">Name of the task, for example <c>gsm8k</c>.</param>
/// <param name="Examples">Problems in the main test set.</param>
/// <param name="Greedy">Scores of the most likely answers.</param>
/// <param name="Sampled">Scores of answers sampled at temperature 1, or null where none were.</param>
/// <param name="AnnotatedLogProbPerToken">Mean log-probability of the annotated test answers, per token, nats.</param>
/// <param name="AnnotatedTokens">Tokens that mean is over.</param>
/// <param name="Seconds">Time taken.</param>
/// <param name="Extra">Greedy scores on further test sets, by name; empty where there are none.</param>
/// <param name="PromptsTruncated">Prompts that were cut to fit.</param>
public sealed record EvaluationResult(
    string Task,
    int Examples,
    AnswerScore Greedy,
    AnswerScore? Sampled,
    double AnnotatedLogProbPerToken,
    long AnnotatedTokens,
    double Seconds,
    IReadOnlyDictionary<string, AnswerScore> Extra,
    int PromptsTruncated = 0);
