using TSpin.Evaluation.Harness;
using TSpin.Files;

namespace TSpin.Evaluation.Comparison;

/// <summary>Two evaluations, task by task over the rows that both have.</summary>
/// <param name="A">The first.</param>
/// <param name="B">The second.</param>
/// <param name="Tasks">The tasks that both have.</param>
/// <param name="Notes">What was not compared, in sentences.</param>
public sealed record EvaluationComparison(ComparedEvaluation A, ComparedEvaluation B,
    IReadOnlyList<TaskComparison> Tasks, IReadOnlyList<string> Notes)
{
    /// <summary>Compares.</summary>
    /// <param name="a">The first.</param>
    /// <param name="b">The second.</param>
    /// <param name="anyPrompt">Whether rows count whose prompts differ (another template, other examples). Default:
    /// they are refused.</param>
    /// <returns>The comparison.</returns>
    /// <exception cref="TSpinException">They have no task in common, no rows of one, or asked differently.</exception>
    public static EvaluationComparison Of(ComparedEvaluation a, ComparedEvaluation b, bool anyPrompt = false)
    {
        string[] own = [.. a.Tasks.Select(task => task.Name)], other = [.. b.Tasks.Select(task => task.Name)];
        if (!own.Intersect(other).Any())
        {
            throw new TSpinException(
                $"{a.Folder} and {b.Folder} have no task in common: {string.Join(", ", own)} against {string.Join(", ", other)}. Evaluate both with the same tasks.");
        }

        var notes = a.Notes.Concat(b.Notes).ToList();
        Alone(own.Except(other), a);
        Alone(other.Except(own), b);
        var tasks = own.Intersect(other).Select(name => Compare(a, b, name, anyPrompt, notes)).ToArray();
        return new EvaluationComparison(a, b, tasks, notes);

        void Alone(IEnumerable<string> names, ComparedEvaluation where)
        {
            if (names.ToArray() is { Length: > 0 } all)
            {
                notes.Add($"only {where.Folder} has {string.Join(", ", all)}.");
            }
        }
    }

    private static TaskComparison Compare(ComparedEvaluation a, ComparedEvaluation b, string name, bool anyPrompt,
        List<string> notes)
    {
        var (first, second) = (a.Tasks.First(task => task.Name == name), b.Tasks.First(task => task.Name == name));
        (ComparedRow A, ComparedRow B)[] rows = [.. first.Rows.Values.OrderBy(row => row.Number)
            .Where(row => second.Rows.TryGetValue(row.Number, out var same) && row.IsSameRow(same))
                .Select(row => (row, second.Rows[row.Number]))];
        if (rows.Length == 0)
        {
            throw new TSpinException(
                $"{name}: none of the {first.Rows.Count} rows in {a.Folder} and {second.Rows.Count} in {b.Folder} are the same. Evaluate both on the same data.");
        }

        if (rows.Where(row => row.A.Prompt != row.B.Prompt).ToArray() is { Length: > 0 } differing)
        {
            var (one, two) = differing[0];
            var at = Math.Max(0, one.Prompt.AsSpan().CommonPrefixLength(two.Prompt) - 20);
            var what = $"{name}: the prompts of {differing.Length} of {rows.Length} rows differ, first that of row {one.Number}: {Part(one.Prompt)} in {a.Folder}, {Part(two.Prompt)} in {b.Folder}";
            notes.Add(anyPrompt ? what + "."
                : throw new TSpinException(
                $"{what}. Evaluate both with the same template, examples and data; or add --any-prompt to compare nevertheless."));

            string Part(string prompt) => Excerpt.Of(prompt.Length > at ? prompt[at..] : "(its end)", 60);
        }

        var metrics = new List<MetricComparison>();
        string[] keys = [.. first.Rows.Values.SelectMany(row => row.Scores.Keys).Distinct()],
            others = [.. second.Rows.Values.SelectMany(row => row.Scores.Keys).Distinct()];
        foreach (var metric in keys.Intersect(others))
        {
            var measured = rows.Where(row => row.A.Scores.ContainsKey(metric) && row.B.Scores.ContainsKey(metric))
                .ToArray();
            if (measured.Length == 0 || measured.Any(row => row.A.Scores[metric].Weight != row.B.Scores[metric].Weight))
            {
                notes.Add($"{name}: {metric} is not compared: {(measured.Length == 0 ? "no row has it on both sides" : "rows count differently on the two sides (another tokenizer?)")}.");
                continue;
            }

            metrics.Add(MetricComparison.Of(metric,
                Better(first, second, metric[..metric.IndexOf(',', StringComparison.Ordinal)]), measured));
        }

        if (keys.Except(others).Concat(others.Except(keys)).ToArray() is { Length: > 0 } alone)
        {
            notes.Add($"{name}: only one of the two has {string.Join(", ", alone)}.");
        }

        return metrics.Count > 0
            ? new TaskComparison(name, rows, first.Rows.Count - rows.Length, second.Rows.Count - rows.Length, metrics,
            first.Writes && second.Writes)
            : throw new TSpinException(
                $"{name}: {a.Folder} and {b.Folder} have no metric in common ({string.Join(", ", keys)} against {string.Join(", ", others)}). Evaluate both in the same way.");
    }

    private static bool? Better(ComparedTask a, ComparedTask b, string metric) => metric == AnswerFigures.TokensMetric
        ? null
        : a.HigherIsBetter.TryGetValue(metric, out var higher) || b.HigherIsBetter.TryGetValue(metric, out higher)
            ? higher
        : metric is not (AnswerFigures.CutMetric or AnswerFigures.RepeatedMetric);
}
