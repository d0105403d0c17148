using TSpin.Evaluation;
using TSpin.SelfPlay;

namespace TSpin.Studies;

/// <summary>What was measured of a trial after one iteration.</summary>
/// <param name="Iteration">Zero-based; -1 before iteration 0. There the model is the recipe's, or, with a section
/// <c>sft</c>, what that stage left.</param>
/// <param name="Scores">Every metric of every task, in the order of the evaluation.</param>
/// <param name="Answers">What the answers look like.</param>
public sealed record TrialEvaluation(int Iteration, IReadOnlyList<TrialScore> Scores, IReadOnlyList<TrialAnswers> Answers)
{
    /// <summary>How far the model is from the recipe's, in nats per token; null where <c>evaluation.distance</c> is not set.</summary>
    public ModelDistance? Distance { get; init; }

    /// <summary>The responses that the iteration trained on; null where it drew none.</summary>
    public ResponseMetrics? Responses { get; init; }

    /// <summary>The score of a name.</summary>
    /// <param name="name">As <see cref="TrialScore.Name"/>; a task alone names its first metric, a task and a metric
    /// without its filter the first of that metric.</param>
    /// <returns>The score, or null.</returns>
    public TrialScore? Find(string name) => Find(Scores, score => score.Name, name);

    internal static T? Find<T>(IReadOnlyList<T> scores, Func<T, string> nameOf, string name)
        where T : class => scores.FirstOrDefault(score => nameOf(score) == name)
        ?? scores.FirstOrDefault(score => nameOf(score).StartsWith($"{name},", StringComparison.Ordinal))
        ?? (name.Contains('/', StringComparison.Ordinal) ? null
            : scores.FirstOrDefault(score => nameOf(score).StartsWith($"{name}/", StringComparison.Ordinal)));
}
