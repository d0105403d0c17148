namespace TSpin.Optimization;

/// <summary>Section <c>training.stop</c>: when a run ends before its last iteration, and what its iterations are compared by.</summary>
public sealed record StopSettings
{
    /// <summary>Iterations in a row without a better one after which the run ends. Default null: it goes through all.</summary>
    public int? Patience { get; init; }

    /// <summary>
    /// What iterations are compared by, also for <c>checkpoints.keep: best</c>: TASK, TASK/METRIC or TASK/METRIC,FILTER in the words of evaluation.json, METRIC also <c>nats_per_token</c> of the
    /// annotated answers. Default null: the validation examples where there are some, else the first task; the first metric there.
    /// </summary>
    public string? Metric { get; init; }
}
