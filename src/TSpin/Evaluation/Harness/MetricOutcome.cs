namespace TSpin.Evaluation.Harness;

/// <summary>A number of a task or a group.</summary>
/// <param name="Metric">The metric's name.</param>
/// <param name="Filter">The filter's name.</param>
/// <param name="Value">The number.</param>
/// <param name="StandardError">Of it; null where the harness says N/A.</param>
/// <param name="Rows">Over how many rows.</param>
public sealed record MetricOutcome(string Metric, string Filter, double Value, double? StandardError, int Rows)
{
    /// <summary><c>acc,none</c>.</summary>
    public string Key => $"{Metric},{Filter}";

    /// <summary><c>acc_stderr,none</c>.</summary>
    public string ErrorKey => $"{Metric}_stderr,{Filter}";
}
