using TSpin.Checkpoints;
using TSpin.Data;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Recipes;

namespace TSpin.Demo;

/// <summary>
/// The demo's setting: 300 annotated problems, answers of at most 80 tokens, 300 held-out problems. Step sizes and alpha were chosen by the
/// study in docs/experiments.md; SFT takes steps five times as large, as it can there.
/// </summary>
public static class DemoRecipe
{
    /// <summary>Annotated examples.</summary>
    public const int TrainingExamples = 300;

    /// <summary>Held-out problems of known kinds.</summary>
    public const int TestExamples = 300;

    /// <summary>Held-out problems of kinds that no annotation shows.</summary>
    public const int NewKindExamples = 150;

    private const int LongestAnswerTokens = 80;

    /// <summary>The recipe of one method.</summary>
    /// <param name="method">tspin, spin or sft, or an ablation.</param>
    /// <param name="seed">Seed of every draw.</param>
    /// <param name="modelFolder">The base model.</param>
    /// <param name="dataFolder">Where <see cref="DemoData.Write"/> wrote.</param>
    /// <param name="outputFolder">Where the run's folder goes.</param>
    /// <returns>A complete recipe.</returns>
    public static Recipe For(Method method, ulong seed, string modelFolder, string dataFolder, string outputFolder) => new()
    {
        Name = "demo",
        Method = method,
        Seed = seed,
        Model = new() { Path = Path.GetFullPath(modelFolder), Dtype = ComputeType.Float32 },
        Data = new() { Train = [Path.GetFullPath(Path.Combine(dataFolder, DemoData.TrainFile))], Format = DataFormat.Gsm8k },
        Prompt = new() { Template = "paper", MaxPromptTokens = 160, MaxSequenceTokens = 256 },
        Generation = new() { MaxNewTokens = LongestAnswerTokens, BatchSize = 100 },
        Objective = new() { Alpha = 0.1, Beta = 0.1, Lambda = 0.1 },
        Training = new()
        {
            Iterations = method == Methods.Sft ? 2 : 4,
            Epochs = 2,
            LearningRate = [method == Methods.Sft ? 1e-4 : 2e-5],
            Schedule = method == Methods.Sft ? LearningRateSchedule.Constant : LearningRateSchedule.Linear,
            WarmupShare = 0.1,
            Optimizer = OptimizerKind.AdamW,
            BatchSize = 8,
            MicroBatchSize = 8,
        },
        Checkpoints = new() { Keep = CheckpointKeeping.Last },
        Evaluation = new()
        {
            Data = [Path.GetFullPath(Path.Combine(dataFolder, DemoData.TestFile))],
            Format = DataFormat.Gsm8k,
            MaxNewTokens = LongestAnswerTokens,
            BatchSize = 100,
            Sampled = true,
        },
        Output = new() { Directory = Path.GetFullPath(outputFolder) },
    };
}
