using System.Globalization;
using System.Text.RegularExpressions;
using TSpin.Data;
using TSpin.Evaluation;

namespace TSpin.Tuning;

/// <summary>
/// What candidates are chosen by. A task where one is named; else the annotated answers decide: the final number where
/// all end in <c>#### n</c>, exact match where all are of one short line, a judge where one is given, and the annotated
/// answers' likelihood as the last resort.
/// </summary>
/// <param name="Kind">Which of them.</param>
/// <param name="Sentence">Which was chosen and why, for people.</param>
public sealed partial record TuneMetric(TuneMetricKind Kind, string Sentence)
{
    /// <summary>Chooses.</summary>
    /// <param name="examples">The annotated examples, at least one.</param>
    /// <param name="task">A task's name; null where none is named.</param>
    /// <param name="judge">A judge's command; null where there is none.</param>
    /// <returns>The metric.</returns>
    public static TuneMetric Choose(IReadOnlyList<AnnotatedExample> examples, string? task, string? judge)
    {
        var unused = judge is null ? "" : "; --judge is not asked";
        if (task is not null)
        {
            return new(TuneMetricKind.Task, $"chosen by the first metric of {task}{unused}");
        }

        if (examples.All(example => FinalNumber.EndsInFormat(example.Response)))
        {
            return new(TuneMetricKind.FinalNumber,
                $"chosen by the final number of answers (gsm8k's flexible-extract): all annotated ones end in #### n{unused}");
        }

        if (examples.All(example => IsLabel(example.Response)))
        {
            var different = examples.Select(example => Normalized(example.Response)).Distinct().Count();
            return new(TuneMetricKind.Label, string.Create(CultureInfo.InvariantCulture,
                $"chosen by exact match (letter case and punctuation around aside): the annotated answers are short, {different} different ones{unused}"));
        }

        return judge is not null
            ? new(TuneMetricKind.Judge, "chosen by the judge's mean score: the annotated answers are free texts")
            : new(TuneMetricKind.Likelihood,
                "chosen by the likelihood of held-out annotated answers, nats per token, which favours SFT (it optimises just that): "
                + "they are free texts, and there is neither --task nor --judge to say what a good answer is");
    }

    /// <summary>The same for runs, which see a part of the examples each.</summary>
    public ValidationMetric OfRuns => Kind switch
    {
        TuneMetricKind.FinalNumber => ValidationMetric.Number,
        TuneMetricKind.Label => ValidationMetric.Label,
        TuneMetricKind.Judge => ValidationMetric.Judge,
        TuneMetricKind.Likelihood => ValidationMetric.Likelihood,
        _ => ValidationMetric.Auto,
    };

    /// <summary>The score of an answer, the higher the better.</summary>
    /// <param name="answer">Of the validation examples or of the task.</param>
    /// <param name="key">The metric's key, for tasks.</param>
    /// <param name="higherIsBetter">Whether it is, for tasks.</param>
    /// <returns>The score; null where the answer has none, as answers of another mode.</returns>
    public double? ScoreOf(EvaluatedAnswer answer, string key, bool higherIsBetter) => Kind switch
    {
        TuneMetricKind.FinalNumber =>
            FinalNumber.Matches(FinalNumber.Flexible(answer.Answer), answer.Reference) ? 1 : 0,
        TuneMetricKind.Label => Normalized(answer.Answer) == Normalized(answer.Reference) ? 1 : 0,
        TuneMetricKind.Judge => answer.Scores.TryGetValue(
            MetricScore.KeyOf(ValidationTask.JudgeMetric, "none"), out var judged) ? judged : null,
        TuneMetricKind.Likelihood =>
            answer.Scores.TryGetValue(ValidationTask.LikelihoodKey, out var likelihood) ? likelihood : null,
        _ => answer.Scores.TryGetValue(key, out var score) ? (higherIsBetter ? score : -score) : null,
    };

    /// <summary>An answer without what exact match does not count.</summary>
    /// <param name="answer">Any text.</param>
    /// <returns>Lower case, single spaces, no punctuation or white space around.</returns>
    public static string Normalized(string answer) =>
        Around().Replace(WhiteSpace().Replace(answer, " "), "").ToLowerInvariant();

    private static bool IsLabel(string response) =>
        ValidationTask.IsLabel(response);

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex WhiteSpace();

    // A sign before a number belongs to it, a symbol as % too.
    [GeneratedRegex(@"^[\s""'`*_.,:;!?()\[\]]+|[\s""'`*_.,:;!?()\[\]]+$", RegexOptions.CultureInvariant)]
    private static partial Regex Around();
}
