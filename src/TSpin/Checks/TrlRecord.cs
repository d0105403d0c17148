using System.Text.Json;
using System.Text.Json.Serialization;

namespace TSpin.Checks;

/// <summary>One run of a trainer of TRL with the batches it used: an element of trl.json.</summary>
internal sealed record TrlRecord(string Name, string Trainer, TrlRecord.TrainerArguments Arguments, TrlRecord.Log[] Logs, TrlRecord.Batch[] Batches)
{
    /// <summary>transformers' and TRL's names. What is left out has the default of those.</summary>
    internal sealed record TrainerArguments(
        int PerDeviceTrainBatchSize, int GradientAccumulationSteps, int MaxSteps, double LearningRate, string LrSchedulerType, int WarmupSteps, double WeightDecay,
        double MaxGradNorm, double AdamBeta1 = 0.9, double AdamBeta2 = 0.999, double AdamEpsilon = 1e-8,
        double Beta = 0.1, JsonElement? LossType = null, string? Optim = null,
        double LabelSmoothing = 0, double SimpoGamma = 0.5, double CpoAlpha = 1, bool ReferenceFree = false)
    {
        /// <summary>Everything else that the record says of the trainer.</summary>
        [JsonExtensionData]
        public Dictionary<string, JsonElement> Others { get; init; } = [];
    }

    /// <summary>What was logged of one step; rewards and log-probabilities are those of trainers on pairs.</summary>
    internal sealed record Log(
        int Step, double Loss, double GradNorm, double LearningRate,
        [property: JsonPropertyName("logps/chosen")] double? LogProbChosen = null,
        [property: JsonPropertyName("logps/rejected")] double? LogProbRejected = null,
        [property: JsonPropertyName("rewards/chosen")] double? RewardChosen = null,
        [property: JsonPropertyName("rewards/rejected")] double? RewardRejected = null,
        [property: JsonPropertyName("rewards/margins")] double? RewardGap = null);

    /// <summary>
    /// Padded rows. DPO: the first half is chosen, the second rejected, and a mask tells the responses. SFT: labels
    /// tell them (-100 elsewhere). CPO and ORPO: chosen and rejected apart, with labels.
    /// </summary>
    internal sealed record Batch(
        int[][]? InputIds = null, int[][]? AttentionMask = null, int[][]? CompletionMask = null, int[][]? Labels = null,
        int[][]? ChosenInputIds = null, int[][]? ChosenAttentionMask = null, int[][]? ChosenLabels = null,
        int[][]? RejectedInputIds = null, int[][]? RejectedAttentionMask = null, int[][]? RejectedLabels = null);
}
