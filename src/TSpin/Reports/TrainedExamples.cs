using System.Globalization;
using TSpin.Checkpoints;
using TSpin.Data.Audit;
using TSpin.Files;

namespace TSpin.Reports;

/// <summary>
/// What training showed of single examples, by the log-probability of y and by u where it first and last saw them: answers
/// that became less likely, and answers that it hardly moved. Means nothing for fewer than 20 examples.
/// </summary>
public static class TrainedExamples
{
    private const int Fewest = 20;
    private const double Deviations = 5;
    private const double LeastSpread = 0.2;
    private const double Unmoved = 0.02;
    private const double Moved = 0.1;
    private const double MostAbove = 0.8;

    /// <summary>Reads a run's folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="notes">Receives what could not be read.</param>
    /// <returns>Findings at lines of the run's examples.jsonl; a kind has fewer than a tenth of the examples, or the rule finds nothing.</returns>
    public static AuditReport Of(string folder, ICollection<string> notes)
    {
        var files = new RunFolder(folder);
        var examples = new SortedDictionary<long, Seen>();
        var iterations = RunRecord.IterationFolders(files.Path);
        foreach (var (number, _) in iterations)
        {
            TolerantJson.ForEach(files.TripletMetrics(number), notes, line =>
            {
                if (JsonField.Integer(line, "index") is { } index && JsonField.Finite(line, "log_prob_annotated") is { } value)
                {
                    if (!examples.TryGetValue(index, out var seen))
                    {
                        examples.Add(index, seen = new Seen(value));
                    }

                    seen.Last = value;
                    seen.Count++;
                    seen.Gaps[number] = JsonField.Finite(line, "likelihood_gap") ?? double.NaN;
                }
            });
        }

        return examples.Count < Fewest ? new AuditReport(examples.Count, [])
            : AuditReport.Of(examples.Count, [.. Hurt(examples), .. NotLearned(examples)]);
    }

    private static IEnumerable<DataFinding> Hurt(SortedDictionary<long, Seen> examples)
    {
        var scale = RobustScale.Of(examples.Values.Select(seen => seen.Gain));
        return Few(examples.Count, examples.Where(example => example.Value is { Count: > 1, Gain: < 0 } seen && scale.Of(seen.Gain, LeastSpread) <= -Deviations)
            .Select(example => Finding(FindingKind.Hurt, FindingSeverity.Warning, example.Key, string.Create(
                CultureInfo.InvariantCulture,
                $"training made the answer less likely: log-probability {example.Value.First:F1} to {example.Value.Last:F1} nats, where the median example gained {scale.Median:F1}"))));
    }

    private static IEnumerable<DataFinding> NotLearned(SortedDictionary<long, Seen> examples)
    {
        var gains = RobustScale.Of(examples.Values.Select(seen => seen.RelativeGain));
        var losses = RobustScale.Of(examples.Values.Select(seen => -seen.First));
        var above = examples.Values.Count(seen => seen.LastGap > 0) >= MostAbove * examples.Count;
        return Few(examples.Count, examples.Select(example => (example.Key, Reason: Reason(example.Value))).Where(example => example.Reason.Length > 0)
            .Select(example => Finding(FindingKind.NotLearned, FindingSeverity.Note, example.Key, example.Reason)));

        string Reason(Seen seen) =>
            gains.Median >= Moved && seen.Count > 1 && -seen.First >= losses.Median && seen.RelativeGain is >= 0 and <= Unmoved
                ? string.Create(CultureInfo.InvariantCulture,
                    $"training hardly moved the answer: log-probability {seen.First:F1} to {seen.Last:F1} nats, where the median example lost {100 * gains.Median:F0}% of its loss")
                : above && seen.Gaps.Count > 1 && seen.Gaps.Values.All(gap => gap < 0)
                    ? string.Create(CultureInfo.InvariantCulture,
                        $"the model finds its own answer likelier in each of {seen.Gaps.Count} iterations (u {seen.LastGap:F1} nats in the last), where most examples ended with u above 0")
                    : "";
    }

    // What holds for a tenth of the examples is the run's way, not an example's fault.
    private static DataFinding[] Few(int examples, IEnumerable<DataFinding> findings)
    {
        DataFinding[] found = [.. findings];
        return found.Length <= Math.Max(1, examples / 10) ? found : [];
    }

    private static DataFinding Finding(FindingKind kind, FindingSeverity severity, long index, string reason) =>
        new(kind, severity, "examples.jsonl", (int)index + 1, reason) { Index = (int)index };

    private sealed class Seen(double first)
    {
        public double First { get; } = first;

        public double Last { get; set; } = first;

        public int Count { get; set; }

        // u at the last sight of each iteration.
        public SortedDictionary<int, double> Gaps { get; } = [];

        public double LastGap => Gaps.Values.LastOrDefault(double.NaN);

        public double Gain => Last - First;

        public double RelativeGain => First < 0 ? Gain / -First : 0;
    }
}
