using System.Text.Json;

namespace TSpin.Evaluation.Harness;

/// <summary>Results of tasks and groups as the harness writes them.</summary>
internal static class ResultJson
{
    private const string Unknown = "N/A";

    /// <summary>A task's entry under <c>results</c>.</summary>
    public static JsonElement Of(TaskOutcome outcome) => JsonSerializer.SerializeToElement(Fields(outcome));

    /// <summary>A group's entry under <c>results</c> and <c>groups</c>.</summary>
    public static JsonElement Of(GroupOutcome outcome) => JsonSerializer.SerializeToElement(Fields(outcome));

    /// <summary>The same, before it is JSON.</summary>
    public static OrderedDictionary<string, object> Fields(TaskOutcome outcome)
    {
        var fields = new OrderedDictionary<string, object> { ["name"] = outcome.Task.Name, ["alias"] = outcome.Task.Alias, ["sample_len"] = outcome.Asked.Questions.Count };
        Add(fields, outcome.Metrics);
        Add(fields, outcome.AnswerMetrics);
        return fields;
    }

    /// <summary>The same, before it is JSON.</summary>
    public static OrderedDictionary<string, object> Fields(GroupOutcome outcome)
    {
        var fields = new OrderedDictionary<string, object> { ["alias"] = outcome.Group.Alias, ["name"] = outcome.Group.Name, ["sample_len"] = outcome.Rows };
        Add(fields, outcome.Metrics);
        fields["sample_count"] = outcome.Metrics.ToDictionary(metric => metric.Key, metric => metric.Rows);
        return fields;
    }

    private static void Add(OrderedDictionary<string, object> fields, IReadOnlyList<MetricOutcome> metrics)
    {
        foreach (var metric in metrics)
        {
            fields[metric.Key] = double.IsFinite(metric.Value) ? PythonJsonText.Float(metric.Value) : Unknown;
            fields[metric.ErrorKey] = metric.StandardError is { } error && double.IsFinite(error) ? PythonJsonText.Float(error) : Unknown;
        }
    }
}
