namespace TSpin.Optimization;

/// <summary>Section <c>training</c>: the loop and its optimizer.</summary>
public sealed record TrainingSettings
{
    /// <summary>Rounds of self-play, T of algorithm 1. Default 5, the paper's iterations 0 to 4.</summary>
    public int Iterations { get; init; } = 5;

    /// <summary>Passes over the triplets in each iteration. Default 2.</summary>
    public int Epochs { get; init; } = 2;

    /// <summary>Peak learning rate: one for all iterations, or one for each. Default 5e-7.</summary>
    public ValueList<double> LearningRate { get; init; } = [5e-7];

    /// <summary>The optimizer. Default <see cref="OptimizerKind.RmsProp"/>.</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.RmsProp;

    /// <summary>Where a model trained in bfloat16 keeps what bfloat16 cannot hold. Default <see cref="MasterKind.Float32"/>.</summary>
    public MasterKind Masters { get; init; }

    /// <summary>Weight decay. Default 0.</summary>
    public double WeightDecay { get; init; }

    /// <summary>AdamW's decay of the mean gradient. Default 0.9.</summary>
    public double AdamBeta1 { get; init; } = 0.9;

    /// <summary>AdamW's decay of the mean squared gradient. Default 0.999.</summary>
    public double AdamBeta2 { get; init; } = 0.999;

    /// <summary>RMSprop's decay of the mean squared gradient. Default 0.99.</summary>
    public double RmsPropAlpha { get; init; } = 0.99;

    /// <summary>What the optimizer adds to its denominator. Default 1e-8.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Whether weight decay reaches biases and normalisation weights too, as in torch.optim without groups. Default true.</summary>
    public bool DecayBiasesAndNorms { get; init; } = true;

    /// <summary>What the learning rate does after warm-up. Default <see cref="LearningRateSchedule.Linear"/>.</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Linear;

    /// <summary>Share of an iteration's steps in which the learning rate rises linearly from 0. Default 0.1.</summary>
    public double WarmupShare { get; init; } = 0.1;

    /// <summary>Examples per optimizer step. Default 64.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>
    /// Tokens per forward and backward pass at most (the prompt once, each response once); a longer example has a pass of its own. A step's examples are divided into passes by length; the
    /// step is theirs together whatever the passes. Default 4096.
    /// </summary>
    public int TokensPerPass { get; init; } = 4096;

    /// <summary>Examples per forward and backward pass at most, beside <see cref="TokensPerPass"/>; does not change the result. At most <see cref="BatchSize"/> are used. Default 64.</summary>
    public int MicroBatchSize { get; init; } = 64;

    /// <summary>
    /// Whether a forward pass keeps only the inputs of blocks and backward computes each block again: about a third more arithmetic, the memory of one block's activations in place of all, the
    /// same gradients. Without <see cref="ClipNorm"/>, in steps of one pass, a block is updated as soon as backward has its gradients, and one block's gradients exist at a time. Default false.
    /// </summary>
    public bool Recompute { get; init; }

    /// <summary>Largest gradient norm, over all parameters; null turns clipping off, which with <see cref="Recompute"/> saves the memory of gradients. Default 1.</summary>
    public double? ClipNorm { get; init; } = 1.0;

    /// <summary>When the run ends before its last iteration. Default: never.</summary>
    public StopSettings Stop { get; init; } = new();

    /// <summary>Which prompts iterations leave out because they no longer teach. Default: none.</summary>
    public TaughtSettings Taught { get; init; } = new();

    /// <summary>Optimizer steps between saves inside an iteration; 0 saves only at its end. Default 0.</summary>
    public int SaveEverySteps { get; init; }

    /// <summary>The peak learning rate of one iteration.</summary>
    /// <param name="iteration">From 0 to <see cref="Iterations"/> - 1.</param>
    /// <returns>The single value, or the iteration's own.</returns>
    public double LearningRateOf(int iteration) => LearningRate.Count == 1 ? LearningRate[0] : LearningRate[iteration];
}
