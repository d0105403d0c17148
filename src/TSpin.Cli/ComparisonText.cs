using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using TSpin.Evaluation.Comparison;

namespace TSpin.Cli;

/// <summary>A comparison for people, and as JSON.</summary>
internal static class ComparisonText
{
    private const int LongestText = 200;

    private static readonly string[] Headers = ["Metric", "A", "B", "B - A", "95%", "turned right", "turned wrong",
        "p"];
    private static readonly JsonSerializerOptions Plain =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Prints tables, sentences and flipped answers.</summary>
    public static void Show(EvaluationComparison comparison, PairwiseJudging? judging, int flips)
    {
        Console.WriteLine(
            $"A: {comparison.A.Folder}{Origin(comparison.A)}\nB: {comparison.B.Folder}{Origin(comparison.B)}");
        foreach (var note in comparison.Notes)
        {
            Console.WriteLine($"note: {note}");
        }

        foreach (var task in comparison.Tasks)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"\n{task.Task}: {task.Rows.Count:N0} rows in both{Alone(task.OnlyA, "A")}{Alone(task.OnlyB, "B")}"));
            TextTable.Show(Headers, Headers[1..], task.Metrics.Select(Row));
            foreach (var metric in task.Metrics)
            {
                Console.WriteLine($"{metric.Metric}: {metric.Sentence}");
            }

            foreach (var metric in task.Metrics.Where(metric => metric.Flips is { Count: > 0 }))
            {
                Flips(metric, flips);
            }
        }

        if (judging is not null)
        {
            Console.WriteLine($"\njudge (the answers change places in every second row): {judging.Sentence}");
        }
    }

    /// <summary>The same as one JSON object.</summary>
    public static string Json(EvaluationComparison comparison, PairwiseJudging? judging, int flips) =>
        JsonSerializer.Serialize(
        new Dictionary<string, object?>
        {
            ["a"] = new { folder = comparison.A.Folder, origin = comparison.A.Origin },
            ["b"] = new { folder = comparison.B.Folder, origin = comparison.B.Origin },
            ["notes"] = comparison.Notes,
            ["tasks"] = comparison.Tasks.Select(task => new
            {
                task = task.Task,
                rows = task.Rows.Count,
                only_a = task.OnlyA,
                only_b = task.OnlyB,
                metrics = task.Metrics.Select(metric => new
                {
                    metric = metric.Metric,
                    higher_is_better = metric.HigherIsBetter,
                    rows = metric.Difference.Rows,
                    a = metric.Difference.A,
                    b = metric.Difference.B,
                    difference = metric.Difference.Difference,
                    standard_error = metric.Difference.StandardError,
                    low = metric.Difference.Difference - metric.Difference.HalfWidth,
                    high = metric.Difference.Difference + metric.Difference.HalfWidth,
                    turned_right = metric.Gained,
                    turned_wrong = metric.Lost,
                    p = metric.P,
                    is_found = metric.IsFound,
                    better = metric.Better,
                    rows_to_tell = metric.IsFound ? null : metric.Difference.RowsToTell,
                    sentence = metric.Sentence,
                    flips = Shown(metric, flips)
                        .Select(flip => new
                        {
                            row = flip.Row,
                            turned = flip.IsGain ? "right"
                        : "wrong",
                            prompt = flip.Prompt,
                            reference = flip.Reference,
                            answer_a = flip.A,
                            answer_b = flip.B
                        }),
                }),
            }),
            ["judge"] = judging is null ? null : new
            {
                rows = judging.Rows,
                wins_a = judging.WinsA,
                ties = judging.Ties,
                wins_b = judging.WinsB,
                share_b = judging.Share,
                standard_error = judging.StandardError,
                p = judging.P,
                order = "swapped in every second row",
                sentence = judging.Sentence,
            },
        }, Plain);

    private static string Origin(ComparedEvaluation evaluation) => evaluation.Origin.Length > 0
        ? $" ({evaluation.Origin})" : "";

    private static string Alone(int rows, string where) => rows == 0 ? ""
        : string.Create(CultureInfo.InvariantCulture, $"; {rows:N0} only in {where}");

    private static string[] Row(MetricComparison metric)
    {
        var difference = metric.Difference;
        return
        [
            metric.Metric, Value(difference.A), Value(difference.B),
                $"{(difference.Difference < 0 ? "-" : "+")}{metric.Size(Math.Abs(difference.Difference))}",
            difference.HalfWidth is { } half ? $"±{metric.Size(half)}"
                : "N/A", $"{metric.Gained}", $"{metric.Lost}", metric.P is { } p
                ? McNemarTest.Text(p) : "",
        ];

        string Value(double value) => metric.IsShare ? (100 * value).ToString("F1", CultureInfo.InvariantCulture)
            : value.ToString("F3", CultureInfo.InvariantCulture);
    }

    private static IEnumerable<AnswerFlip> Shown(MetricComparison metric, int most) => (metric.Flips ?? [])
        .Where(flip => flip.IsGain).Take(most).Concat((metric.Flips ?? []).Where(flip => !flip.IsGain).Take(most));

    private static void Flips(MetricComparison metric, int most)
    {
        foreach (var flip in Shown(metric, most))
        {
            Console.WriteLine(
                $"  {metric.Metric}, row {flip.Row} turned {(flip.IsGain ? "right" : "wrong")}: {Line(flip.Prompt, fromEnd: true)}\n    reference: {Line(flip.Reference)}\n    A: {Line(flip.A)}\n    B: {Line(flip.B)}");
        }
    }

    // On one line, between quotes; of a prompt the end, where the question stands.
    private static string Line(string text, bool fromEnd = false)
    {
        var part = text.Length <= LongestText ? text : fromEnd ? "…" + text[^LongestText..] : text[..LongestText] + "…";
        return $"\"{string.Concat(part.Select(character => char.IsControl(character) ? ' ' : character))}\"";
    }
}
