using TSpin.Optimization;

namespace TSpin.Pretraining;

/// <summary>How a model made from nothing is trained: AdamW on the next token of whole documents.</summary>
public sealed record PretrainTrainingSettings
{
    /// <summary>Optimizer steps of each learning-rate cycle: warm-up and schedule start anew with every cycle. Default: one of 4000.</summary>
    public ValueList<int> Cycles { get; init; } = [4000];

    /// <summary>Documents per step. Default: 24.</summary>
    public int BatchSize { get; init; } = 24;

    /// <summary>Documents per forward and backward pass. Default: 24.</summary>
    public int MicroBatchSize { get; init; } = 24;

    /// <summary>Peak learning rate: one for all cycles, or one for each. Default: 1e-3.</summary>
    public ValueList<double> LearningRate { get; init; } = [1e-3];

    /// <summary>Decoupled weight decay, not on norms. Default: 0.05.</summary>
    public double WeightDecay { get; init; } = 0.05;

    /// <summary>AdamW's second decay. Default: 0.98.</summary>
    public double AdamBeta2 { get; init; } = 0.98;

    /// <summary>Share of a cycle's steps in which the learning rate rises. Default: 0.05.</summary>
    public double WarmupShare { get; init; } = 0.05;

    /// <summary>What the learning rate does afterwards. Default: cosine.</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Cosine;

    /// <summary>Largest gradient norm. Default: 1.</summary>
    public double? ClipNorm { get; init; } = 1.0;

    /// <summary>Steps between saves to continue from; 0 saves only when stopped. Default: 500.</summary>
    public int SaveEverySteps { get; init; } = 500;

    /// <summary>Steps in all cycles.</summary>
    public int Steps => Cycles.Sum();

    /// <summary>The peak learning rate of a cycle.</summary>
    /// <param name="cycle">Zero-based.</param>
    /// <returns>The rate.</returns>
    public double PeakOf(int cycle) => LearningRate.Count == 1 ? LearningRate[0] : LearningRate[cycle];
}
