namespace TSpin.Recipes;

/// <summary>How a model made from nothing is trained: AdamW on the next token of whole documents.</summary>
public sealed record PretrainTrainingSettings
{
    /// <summary>Optimizer steps. Default: 4000.</summary>
    public int Steps { get; init; } = 4000;

    /// <summary>Documents per step. Default: 48.</summary>
    public int BatchSize { get; init; } = 48;

    /// <summary>Documents per forward and backward pass. Default: 48.</summary>
    public int MicroBatchSize { get; init; } = 48;

    /// <summary>Peak learning rate. Default: 1e-3.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Decoupled weight decay, not on norms. Default: 0.05.</summary>
    public double WeightDecay { get; init; } = 0.05;

    /// <summary>AdamW's second decay. Default: 0.98.</summary>
    public double AdamBeta2 { get; init; } = 0.98;

    /// <summary>Share of the steps in which the learning rate rises. Default: 0.05.</summary>
    public double WarmupShare { get; init; } = 0.05;

    /// <summary>What the learning rate does afterwards. Default: cosine.</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Cosine;

    /// <summary>Largest gradient norm. Default: 1.</summary>
    public double? ClipNorm { get; init; } = 1.0;

    /// <summary>Steps between saves to continue from; 0 saves only when stopped. Default: 500.</summary>
    public int SaveEverySteps { get; init; } = 500;
}
