using TSpin.Evaluation.Comparison;

namespace TSpin.Evaluation;

/// <summary>
/// Compares checkpoints by one metric with its error in mind: one is better than another only where the difference is more than one standard error of that difference (paired over the
/// answers of both where they are the same problems). Where the metric cannot tell, the one that finds the annotated answers likelier, per token, is better.
/// </summary>
/// <param name="metric">TASK, TASK/METRIC or TASK/METRIC,FILTER. Default null: <see cref="ValidationTask.TaskName"/> where it was measured, else the first task; the first metric there.</param>
public sealed class CheckpointChoice(string? metric = null)
{
    /// <summary>The name by which the log-probability of the annotated answers is asked for: its negative, the lower the better.</summary>
    public const string NatsPerToken = "nats_per_token";

    // One problem gained of n is a difference of 1/n with an error of 1/n: rounding must not decide.
    private const double Rounding = 1e-9;

    private readonly string? _task = metric is null ? null : TaskOf(metric);
    private readonly string? _metric = metric?.Split('/', 2) is [_, var name] ? name : null;

    /// <summary>What is wrong with a recipe's words.</summary>
    /// <param name="metric">Any text.</param>
    /// <returns>The fault and its cure, or null.</returns>
    public static string? FaultOf(string metric) => metric.Split('/') is { Length: 1 or 2 } parts && parts.All(part => part.Trim().Length > 0) ? null
        : $"\"{metric}\" names no metric; use TASK, TASK/METRIC or TASK/METRIC,FILTER, as gsm8k/exact_match,strict-match";

    /// <summary>The task that a recipe's words name.</summary>
    /// <param name="metric">Words without fault.</param>
    /// <returns>What stands before the stroke.</returns>
    public static string TaskOf(string metric) => metric.Split('/', 2)[0];

    /// <summary>What checkpoints are compared by, for people.</summary>
    /// <param name="evaluation">Any of the evaluations.</param>
    /// <returns>As <c>validation/exact_match,strict-match</c>.</returns>
    /// <exception cref="TSpinException">The evaluation has no such metric: says which it has.</exception>
    public string NameIn(CheckpointEvaluation evaluation)
    {
        var result = ResultIn(evaluation);
        return MetricIn(result) is { } found ? $"{result.Task}/{found.Key}" : $"{result.Task}/{NatsPerToken}";
    }

    /// <summary>Whether a checkpoint is better than another.</summary>
    /// <param name="later">The one in question: its scores and its answers.</param>
    /// <param name="earlier">The one that it would have to beat.</param>
    /// <returns>Whether it is, and whether the metric itself could not tell so that the annotated answers' likelihood decided.</returns>
    /// <exception cref="TSpinException">An evaluation has no such metric.</exception>
    public (bool IsBetter, bool CouldNotTell) IsBetter(
        (CheckpointEvaluation Evaluation, IReadOnlyList<EvaluatedAnswer> Answers) later, (CheckpointEvaluation Evaluation, IReadOnlyList<EvaluatedAnswer> Answers) earlier)
    {
        var (now, before) = (ResultIn(later.Evaluation), ResultIn(earlier.Evaluation));
        if (MetricIn(now) is { } a && MetricIn(before) is { } b)
        {
            var difference = a.HigherIsBetter ? a.Value - b.Value : b.Value - a.Value;
            var error = ErrorOfDifference(a, Scores(later.Answers, now.Task, a), b, Scores(earlier.Answers, before.Task, b));
            if (Math.Abs(difference) > error * (1 + Rounding))
            {
                return (difference > 0, false);
            }
        }

        return (Likelihood(later.Evaluation, now) is { } likely && likely > (Likelihood(earlier.Evaluation, before) ?? double.PositiveInfinity), true);
    }

    private EvaluationResult ResultIn(CheckpointEvaluation evaluation) => _task is null
        ? evaluation.Results.FirstOrDefault(result => result.Task == ValidationTask.TaskName) ?? evaluation.First
        : evaluation.Results.FirstOrDefault(result => result.Task == _task)
            ?? throw new TSpinException($"training.stop.metric: nothing was measured of \"{_task}\"; there is {string.Join(", ", evaluation.Results.Select(result => result.Task))}.");

    // Null: the likelihood of the annotated answers.
    private MetricScore? MetricIn(EvaluationResult result) => _metric switch
    {
        NatsPerToken when result.AnnotatedLogProbPerToken is not null => null,
        null => result.Metrics.Count > 0 ? result.Metrics[0] : null,
        _ => result.Metrics.FirstOrDefault(found => found.Key == _metric) ?? result.Metrics.FirstOrDefault(found => found.Name == _metric) ?? throw new TSpinException(
            $"training.stop.metric: {result.Task} has no \"{_metric}\"; it has "
            + $"{string.Join("; ", result.Metrics.Select(found => found.Key).Concat(result.AnnotatedLogProbPerToken is null ? [] : [NatsPerToken]).Distinct())}."),
    };

    private static double? Likelihood(CheckpointEvaluation evaluation, EvaluationResult own) =>
        own.AnnotatedLogProbPerToken ?? evaluation.Results.Select(result => result.AnnotatedLogProbPerToken).FirstOrDefault(value => value is not null);

    private static Dictionary<int, double> Scores(IReadOnlyList<EvaluatedAnswer> answers, string task, MetricScore metric)
    {
        var scores = new Dictionary<int, double>();
        foreach (var answer in answers.Where(answer => (answer.Task ?? task) == task && answer.Mode == metric.Mode && answer.Scores.ContainsKey(metric.Key)))
        {
            scores[answer.Index] = answer.Scores[metric.Key];
        }

        return scores;
    }

    // Zero where nothing is known of the errors: any difference counts then.
    private static double ErrorOfDifference(MetricScore a, Dictionary<int, double> ofA, MetricScore b, Dictionary<int, double> ofB)
    {
        if (ofA.Count == a.Examples && ofA.Count >= 2 && ofA.Count == ofB.Count && ofA.Keys.All(ofB.ContainsKey))
        {
            return PairedDifference.Of([.. ofA.Select(score => (new ComparedScore(score.Value), new ComparedScore(ofB[score.Key])))]).StandardError ?? 0;
        }

        return Math.Sqrt(Math.Pow(a.StandardError ?? 0, 2) + Math.Pow(b.StandardError ?? 0, 2));
    }
}
