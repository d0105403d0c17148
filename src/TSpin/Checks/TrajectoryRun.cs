using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.SelfPlay;
using TSpin.Torch;

namespace TSpin.Checks;

/// <summary>Trains a fresh copy of a model with the product's own trainer for as many steps as a record has.</summary>
internal static class TrajectoryRun
{
    /// <summary>
    /// Calls back after every step, with what the step was in this process alone where several train, and once more with
    /// the last parameters and the first.
    /// </summary>
    public static void Train(
        string modelFolder, Device device, Objective objective, TrainingSettings settings, int warmupSteps, IReadOnlyList<Triplet[]> windows,
        Action<int, StepMetrics, SoloStep?> afterStep, Action<IReadOnlyDictionary<string, Tensor>, IReadOnlyDictionary<string, Tensor>>? afterLast = null,
        LogProbReduction reduction = LogProbReduction.Sum, TrajectoryRanks? ranks = null)
    {
        var alone = ranks is null ? [] : SoloStep.Of(windows, (order, watch) => Train(
            modelFolder, device, objective, settings, warmupSteps, order, (_, metrics, _) => watch(metrics), reduction: reduction));

        using var outer = new TensorScope();
        using var policy = ranks is null ? DecoderLoader.Load(modelFolder, device: device) : ranks.Load(modelFolder, device);
        var initial = Parameters();
        policy.Training.RequireGradients(true);
        using var optimizer = Optimizer.For(settings, policy);
        var exchange = ranks?.Divide(policy, optimizer);
        var trainer = new Trainer(policy, objective, optimizer, reduction, settings.MicroBatchSize, settings.ClipNorm, exchange: exchange);
        var reference = objective.NeedsReference ? windows.Select(window => trainer.Reference(window)).ToArray() : null;
        for (var step = 0; step < windows.Count; step++)
        {
            var learningRate = settings.LearningRate[0] * LearningRate.Factor(step, windows.Count, warmupSteps, settings.Schedule);
            var metrics = trainer.Step(trainer.PlanShare(windows[step]), reference?[step], learningRate, new StepPlace(0, 0, step + 1, windows.Count)).Metrics;
            afterStep(step, metrics, ranks is null ? null : alone[step]);
        }

        policy.Training.RequireGradients(false);
        afterLast?.Invoke(Parameters(), initial);

        Dictionary<string, Tensor> Parameters() => policy.Weights.Names.ToDictionary(
            name => name, name => policy.Weights.Shards is { } shards ? RankTensors.FetchParameter(ranks!.Ranks, shards, name) : policy.Parameters[name].Clone(), StringComparer.Ordinal);
    }

    public static LearningRateSchedule Schedule(string path, string name) => name switch
    {
        "linear" => LearningRateSchedule.Linear,
        "cosine" => LearningRateSchedule.Cosine,
        "constant" => LearningRateSchedule.Constant,
        _ => throw new TSpinException($"{path}: schedule '{name}' is unknown; known are linear, cosine and constant."),
    };

    public static OptimizerKind Kind(string path, string? name) => name switch
    {
        null or "adamw" or "adamw_torch" or "adamw_torch_fused" => OptimizerKind.AdamW,
        "rmsprop" => OptimizerKind.RmsProp,
        _ => throw new TSpinException($"{path}: optimizer '{name}' is unknown; known are adamw and rmsprop."),
    };
}
