namespace TSpin.Evaluation.Harness;

/// <summary>What came of a group.</summary>
/// <param name="Group">The group.</param>
/// <param name="Rows">Rows of all tasks below it.</param>
/// <param name="Metrics">Its numbers.</param>
public sealed record GroupOutcome(TaskGroup Group, int Rows, IReadOnlyList<MetricOutcome> Metrics)
{
    /// <summary>Averages the tasks below a group, each weighted by its rows; errors pooled as if all rows were one task's, and unknown where one of theirs is.</summary>
    /// <param name="group">The group.</param>
    /// <param name="tasks">All tasks below it.</param>
    /// <returns>The outcome.</returns>
    public static GroupOutcome Of(TaskGroup group, IReadOnlyList<TaskOutcome> tasks)
    {
        var all = tasks.SelectMany(task => task.Metrics).ToArray();
        var metrics = from name in @group.Metrics
                      from filter in all.Where(metric => metric.Metric == name).Select(metric => metric.Filter).Distinct().Order(StringComparer.Ordinal)
                      select Pooled(name, filter, [.. all.Where(metric => metric.Metric == name && metric.Filter == filter)]);
        return new GroupOutcome(group, tasks.Sum(task => task.Asked.Questions.Count), [.. metrics]);
    }

    private static MetricOutcome Pooled(string name, string filter, IReadOnlyList<MetricOutcome> parts)
    {
        double rows = parts.Sum(part => part.Rows);
        // The harness' pooled_sample_stderr.
        var variance = parts.Sum(part => (part.Rows - 1) * (part.StandardError ?? 0) * (part.StandardError ?? 0) * part.Rows) / (rows - parts.Count);
        return new MetricOutcome(
            name, filter, parts.Sum(part => part.Value * part.Rows) / rows, parts.All(part => part.StandardError is not null) ? Math.Sqrt(variance / rows) : null, (int)rows);
    }
}
