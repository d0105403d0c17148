using System.Text.Json.Serialization;

namespace TSpin.Evaluation;

/// <summary>What all tasks found of one checkpoint: the content of <c>evaluation.json</c>.</summary>
/// <param name="Results">One for each task, in the recipe's order; at least one.</param>
public sealed record CheckpointEvaluation(IReadOnlyList<EvaluationResult> Results)
{
    /// <summary>How far the model is from the one that the run began with; null, and not written, where that was not
    /// measured.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ModelDistance? Distance { get; init; }

    /// <summary>The first metric of the first task that has one; null where nothing was judged. Checkpoints are compared by <see cref="CheckpointChoice"/>.</summary>
    [JsonIgnore]
    public MetricScore? Main => Results.SelectMany(result => result.Metrics).FirstOrDefault();

    /// <summary>The task that <see cref="Main"/> belongs to.</summary>
    [JsonIgnore]
    public EvaluationResult First => Results[0];
}
