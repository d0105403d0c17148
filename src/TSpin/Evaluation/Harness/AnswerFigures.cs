namespace TSpin.Evaluation.Harness;

/// <summary>
/// What a written answer is like, whatever it is worth, and how likely the model finds the annotated one.
/// </summary>
/// <param name="Tokens">Its length in tokens, the end's among them.</param>
/// <param name="IsCut">Whether it ended at the limit rather than by itself.</param>
/// <param name="RepeatedShare">
/// Share of its runs of four tokens that it had written before: 1 - distinct / all, in [0, 1]; 0 where it has none.
/// </param>
/// <param name="AnnotatedLogProb">
/// Log-probability of the annotated answer after the same context, nats, without an end token; null where the task has
/// no whole annotated answer, or the model no room for it.
/// </param>
/// <param name="AnnotatedTokens">Tokens of the annotated answer; 0 where there is none.</param>
public sealed record AnswerFigures(
    int Tokens, bool IsCut, double RepeatedShare, double? AnnotatedLogProb = null, int AnnotatedTokens = 0)
{
    /// <summary>Mean length in tokens.</summary>
    public const string TokensMetric = "answer_tokens";

    /// <summary>Share of answers that were cut at the limit.</summary>
    public const string CutMetric = "cut_at_limit";

    /// <summary>Mean of <see cref="RepeatedShare"/>.</summary>
    public const string RepeatedMetric = "repeated_4grams";

    /// <summary>Log-probability of the annotated answers per token, nats, over all their tokens.</summary>
    public const string AnnotatedMetric = "annotated_log_prob_per_token";

    /// <summary>The log-probability of this one annotated answer, as samples have it.</summary>
    internal const string AnnotatedField = "annotated_log_prob";

    /// <summary>Its tokens, as samples have them.</summary>
    internal const string AnnotatedTokensField = "annotated_tokens";

    private const int Run = 4;

    /// <summary>Whether a larger value of one of these metrics is a better one.</summary>
    /// <param name="metric">Its name.</param>
    /// <returns>True for the annotated answers' log-probability alone.</returns>
    public static bool HigherIsBetter(string metric) => metric == AnnotatedMetric;

    /// <summary>How much of an answer it had written before.</summary>
    /// <param name="tokens">Its ids.</param>
    /// <returns>See <see cref="RepeatedShare"/>.</returns>
    public static double Repeated(ReadOnlySpan<int> tokens)
    {
        var all = tokens.Length - Run + 1;
        if (all < 1)
        {
            return 0;
        }

        var seen = new HashSet<(int, int, int, int)>();
        for (var i = 0; i < all; i++)
        {
            seen.Add((tokens[i], tokens[i + 1], tokens[i + 2], tokens[i + 3]));
        }

        return 1 - ((double)seen.Count / all);
    }

    /// <summary>The metrics of a task's answers.</summary>
    /// <param name="answers">One for each question.</param>
    /// <returns>Three, and that of the annotated answers where there are any.</returns>
    public static IReadOnlyList<MetricOutcome> Metrics(IReadOnlyList<AnswerFigures> answers)
    {
        if (answers.Count == 0)
        {
            return [];
        }

        List<MetricOutcome> metrics =
        [
            Mean(TokensMetric, answer => answer.Tokens),
            Mean(CutMetric, answer => answer.IsCut ? 1 : 0),
            Mean(RepeatedMetric, answer => answer.RepeatedShare),
        ];
        AnswerFigures[] annotated = [.. answers.Where(answer => answer.AnnotatedLogProb is not null)];
        if (annotated.Sum(answer => (long)answer.AnnotatedTokens) is > 0 and var tokens)
        {
            // A ratio of two sums: its error is that of the residuals.
            var ratio = annotated.Sum(answer => answer.AnnotatedLogProb!.Value) / tokens;
            var residuals =
                annotated.Sum(answer => Square(answer.AnnotatedLogProb!.Value - (ratio * answer.AnnotatedTokens)));
            double rows = annotated.Length;
            metrics.Add(new MetricOutcome(
                AnnotatedMetric, AnswerFilter.None.Name, ratio, rows < 2 ? null
                    : Math.Sqrt(residuals * rows / (rows - 1)) / tokens, annotated.Length));
        }

        return metrics;

        MetricOutcome Mean(string name, Func<AnswerFigures, double> value)
        {
            var mean = MeanScore.Of([.. answers.Select(value)]);
            return new MetricOutcome(name, AnswerFilter.None.Name, mean.Score, mean.StandardError, answers.Count);
        }
    }

    private static double Square(double value) => value * value;
}
