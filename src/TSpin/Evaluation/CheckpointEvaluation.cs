using System.Text.Json.Serialization;

namespace TSpin.Evaluation;

/// <summary>What all tasks found of one checkpoint: the content of <c>evaluation.json</c>.</summary>
/// <param name="Results">One for each task, in the recipe's order; at least one.</param>
public sealed record CheckpointEvaluation(IReadOnlyList<EvaluationResult> Results)
{
    /// <summary>What checkpoints are compared by: the first task's first metric. Null where nothing was measured.</summary>
    [JsonIgnore]
    public MetricScore? Main => Results.SelectMany(result => result.Metrics).FirstOrDefault();

    /// <summary>The task that <see cref="Main"/> belongs to.</summary>
    [JsonIgnore]
    public EvaluationResult First => Results[0];
}
