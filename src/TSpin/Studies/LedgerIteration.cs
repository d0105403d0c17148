using TSpin.Evaluation;

namespace TSpin.Studies;

/// <summary>One iteration of a cell.</summary>
/// <param name="Iteration">Zero-based; -1 before the first.</param>
/// <param name="Scores">What was measured.</param>
/// <param name="Answers">What the answers look like.</param>
public sealed record LedgerIteration(int Iteration, IReadOnlyList<LedgerScore> Scores, IReadOnlyList<LedgerAnswers> Answers)
{
    /// <summary>The score of a name.</summary>
    /// <param name="name">As <see cref="TrialEvaluation.Find"/> takes it.</param>
    /// <returns>The score, or null.</returns>
    public LedgerScore? Find(string name) => TrialEvaluation.Find(Scores, score => score.Name, name);

    private static IEnumerable<TrialScore> WithDistance(TrialEvaluation evaluation) => evaluation.Distance is not { } far ? evaluation.Scores
        : evaluation.Scores.Append(new TrialScore(StudyAnalysis.Distance, CheckpointChoice.NatsPerToken, "", false, far.NatsPerToken, far.StandardError, far.Answers, null));

    /// <summary>Takes an evaluation.</summary>
    /// <param name="evaluation">Of a trial.</param>
    /// <returns>The record.</returns>
    public static LedgerIteration Of(TrialEvaluation evaluation) => new(
        evaluation.Iteration,
        [.. WithDistance(evaluation).Select(score => new LedgerScore(score.Name, score.Value, score.HigherIsBetter)
        {
            StandardError = score.StandardError is { } error && double.IsFinite(error) ? error : null,
            // Validation examples are others under each seed.
            Items = score.Task == ValidationTask.TaskName ? null : LedgerItems.Of(score),
        })],
        [.. evaluation.Answers.Select(answers => new LedgerAnswers(answers.Task, answers.Statistics.Mode, answers.Statistics.MeanResponseTokens, 1 - answers.Statistics.EndedShare)
        {
            Repeated = answers.Statistics.RepeatedShare,
        }).Concat(evaluation.Distance is not { } drawn ? [] :
            [new LedgerAnswers(StudyAnalysis.Distance, "sampled", drawn.MeanTokens, drawn.CutShare) { Repeated = drawn.RepeatedShare }])]);
}
