using TSpin.Evaluation;

namespace TSpin.Reports;

/// <summary>What is known of one iteration of self-play.</summary>
/// <param name="Iteration">Its number, from 0.</param>
/// <param name="Evaluation">Scores of the checkpoint it made, if evaluated.</param>
/// <param name="Training">Where its training ended up, if any step was recorded.</param>
/// <param name="Responses">What its synthetic responses are like, if recorded.</param>
public sealed record IterationSummary(int Iteration, CheckpointEvaluation? Evaluation, IterationTerms? Training, RecordedLengths? Responses = null);
