using System.Text.Json.Serialization;

namespace TSpin.Checks;

/// <summary>One run of a trainer of TRL with the batches it used: an element of trl.json.</summary>
internal sealed record TrlRecord(string Name, string Trainer, TrlRecord.TrainerArguments Arguments, TrlRecord.Log[] Logs, TrlRecord.Batch[] Batches)
{
    /// <summary>transformers' names.</summary>
    internal sealed record TrainerArguments(
        int PerDeviceTrainBatchSize, int GradientAccumulationSteps, int MaxSteps, double LearningRate, string LrSchedulerType, int WarmupSteps, double WeightDecay,
        double MaxGradNorm, double AdamBeta1, double AdamBeta2, double AdamEpsilon, double? Beta = null, string? LossType = null, string? Optim = null);

    /// <summary>What was logged of one step; the rewards and log-probabilities are DPO's alone.</summary>
    internal sealed record Log(
        int Step, double Loss, double GradNorm, double LearningRate,
        [property: JsonPropertyName("logps/chosen")] double? LogProbAnnotated = null,
        [property: JsonPropertyName("logps/rejected")] double? LogProbSynthetic = null,
        [property: JsonPropertyName("rewards/chosen")] double? RewardAnnotated = null,
        [property: JsonPropertyName("rewards/rejected")] double? RewardSynthetic = null,
        [property: JsonPropertyName("rewards/margins")] double? RewardGap = null);

    /// <summary>Padded rows: for DPO the first half is annotated, the second synthetic. DPO masks its responses, SFT labels them (-100 elsewhere).</summary>
    internal sealed record Batch(int[][] InputIds, int[][] AttentionMask, int[][]? CompletionMask = null, int[][]? Labels = null);
}
