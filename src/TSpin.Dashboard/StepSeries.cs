using TSpin.Reports;

namespace TSpin.Dashboard;

/// <summary>
/// All steps of a run in at most about two thousand buckets, however many steps it has: when there are more, neighbours
/// are put together. Buckets do not reach over iterations, so that one iteration's log can be read anew alone.
/// </summary>
internal sealed class StepSeries
{
    private const int MaxBuckets = 2000;
    private readonly SortedDictionary<int, List<StepBucket>> _iterations = [];
    private readonly Dictionary<int, int> _steps = [];
    private readonly List<string> _terms = [];

    /// <summary>The lines of every chart, in order.</summary>
    public static IReadOnlyList<TrainingLine> Lines { get; } = [.. Charts.SelectMany(chart => chart.Lines)];

    /// <summary>What the page draws: the report's charts, and memory.</summary>
    public static IReadOnlyList<TrainingChart> Charts =>
    [
        TrainingChart.Curves[1], TrainingChart.Curves[0], .. TrainingChart.Likelihoods, .. TrainingChart.Curves.Skip(2),
        new("Memory", "peak so far, GiB", true,
            [new("peak_memory_bytes", "memory", 6, step => step.PeakMemoryBytes / (1L << 30))]),
    ];

    /// <summary>The numbers that the run's method has of its own, in the order in which they first came.</summary>
    public IReadOnlyList<string> OwnNames => _terms;

    /// <summary>Steps in a bucket, at most.</summary>
    public int BucketSize { get; private set; } = 1;

    /// <summary>Steps put in.</summary>
    public int Count => _steps.Values.Sum();

    /// <summary>Iterations that have steps.</summary>
    public IEnumerable<int> Iterations => _iterations.Keys;

    /// <summary>Puts the next step of an iteration in.</summary>
    public void Add(RecordedStep step)
    {
        if (!_iterations.TryGetValue(step.Iteration, out var buckets))
        {
            _iterations[step.Iteration] = buckets = [];
            _steps[step.Iteration] = 0;
        }

        if (_steps[step.Iteration]++ % BucketSize == 0)
        {
            buckets.Add(new StepBucket());
        }

        buckets[^1].Add(step);
        string[] added = [.. step.Terms.Select(term => term.Key).Except(_terms)];
        _terms.AddRange(added.Take(RecordedStep.MostTerms - _terms.Count));
        if (_iterations.Values.Sum(each => each.Count) > MaxBuckets && _iterations.Values.Any(each => each.Count > 1))
        {
            Halve();
        }
    }

    /// <summary>Forgets an iteration.</summary>
    public void Forget(int iteration)
    {
        _iterations.Remove(iteration);
        _steps.Remove(iteration);
    }

    /// <summary>The buckets of an iteration, further put together so that there are about so many over all
    /// iterations.</summary>
    public IEnumerable<StepBucket> Buckets(int iteration, int points)
    {
        var total = _iterations.Values.Sum(each => each.Count);
        var group = Math.Max(1, (total + points - 1) / Math.Max(1, points));
        return group == 1 ? _iterations[iteration] : _iterations[iteration].Chunk(group).Select(Joined);
    }

    /// <summary>What became of an iteration: means over its last fifth, as the report's.</summary>
    public IterationTerms? Terms(int iteration)
    {
        if (!_iterations.TryGetValue(iteration, out var buckets))
        {
            return null;
        }

        var end = Joined([.. buckets.Skip(buckets.Count - Math.Max(1, buckets.Count / 5))]);
        double Of(string key) => end.Of(IndexOf(key))?.Mean ?? double.NaN;
        return new IterationTerms(
            _steps[iteration], buckets[0].Of(IndexOf("loss"))?.Mean ?? double.NaN, Of("loss"), Of("current_advantage"),
                Of("historical_advantage"), Of("saturated_share") / 100,
            Of("misaligned_share") / 100, Of("log_prob_per_token_annotated"), double.NaN, double.NaN);
    }

    private static int IndexOf(string key) =>
        Lines.Select((line, index) => (line.Key, index)).First(line => line.Key == key).index;

    private static StepBucket Joined(StepBucket[] parts)
    {
        var whole = new StepBucket();
        foreach (var part in parts)
        {
            whole.Add(part);
        }

        return whole;
    }

    private void Halve()
    {
        BucketSize *= 2;
        foreach (var iteration in _iterations.Keys.ToArray())
        {
            _iterations[iteration] = [.. _iterations[iteration].Chunk(2).Select(Joined)];
        }
    }
}
