using System.Globalization;
using TSpin.Adapters;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Torch;

namespace TSpin.Bench;

/// <summary>How TSpin trains: what a recipe's <c>training</c> says, as far as time and memory depend on it.</summary>
internal sealed record TrainingChoice
{
    /// <summary>Blocks are computed again in backward.</summary>
    public bool Recompute { get; init; }

    /// <summary>In bfloat16, parameters are kept in bfloat16 alone and rounded at random.</summary>
    public bool Stochastic { get; init; }

    /// <summary>Gradients are clipped at norm 1; without it and with <see cref="Recompute"/> they are consumed block by block.</summary>
    public bool Clip { get; init; } = true;

    /// <summary>What updates the parameters.</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.AdamW;

    /// <summary>Rank of an adapter of all linear modules that is trained in the model's place; 0 trains the model.</summary>
    public int LoraRank { get; init; }

    /// <summary>Triplets per pass at most; null means the whole step.</summary>
    public int? MicroBatch { get; init; }

    /// <summary>The choice as a worker's arguments.</summary>
    public IEnumerable<string> Arguments =>
    [
        .. Recompute ? (string[])["--recompute"] : [],
        .. Stochastic ? (string[])["--stochastic"] : [],
        .. Clip ? (string[])[] : ["--no-clip"],
        "--optimizer", Optimizer.ToString(),
        "--lora", LoraRank.ToString(CultureInfo.InvariantCulture),
        .. MicroBatch is { } limit ? (string[])["--micro-batch", limit.ToString(CultureInfo.InvariantCulture)] : [],
    ];

    private TrainingSettings Settings => new() { Optimizer = Optimizer, Masters = Stochastic ? MasterKind.Stochastic : MasterKind.Float32 };

    /// <summary>A model with random values, held as a run would hold it.</summary>
    public Decoder Model(DecoderConfig config, bool bfloat16)
    {
        var random = DecoderLoader.Random(config, 1);
        if (!bfloat16 || (LoraRank == 0 && !Stochastic))
        {
            return new Decoder(random.Config, random.Parameters, bfloat16 ? DType.BFloat16 : DType.Float32);
        }

        using (random)
        {
            return random.ForInference(DType.BFloat16);
        }
    }

    /// <summary>Steps of a batch; the model's adapter, if any, lives as long as the process.</summary>
    public Trainer Trainer(Decoder decoder, Objectives.Objective objective, int batchSize)
    {
        decoder.Adapter = LoraRank == 0 ? null : LoraAdapter.Create(new LoraConfig { Rank = LoraRank, TargetModules = ["all-linear"] }, decoder, 1);
        decoder.Training.RequireGradients(true);
        decoder.Training.RecomputesBlocks = Recompute;
        return new Trainer(decoder, objective, Optimization.Optimizer.For(Settings, decoder, 1), LogProbReduction.Sum, Math.Min(MicroBatch ?? batchSize, batchSize), Clip ? 1 : null);
    }

    /// <summary>What <see cref="TrainingMemory"/> says of it, in bytes, for the largest pass.</summary>
    public long PredictedPeak(BenchWork work)
    {
        var examples = Math.Min(MicroBatch ?? work.Shape.Count, work.Shape.Count);
        var largest = work.Batches.Select(batch => batch.OrderByDescending(Tokens).Take(examples).ToArray()).MaxBy(pass => pass.Sum(Tokens))!;
        return TrainingMemory.Of(
            work.Shape.Config(), work.Type == "bfloat16", Optimizer, largest.Sum(Tokens), largest.Sum(triplet => triplet.Responses.Sum(response => (long)response.Length)), Recompute,
            examples < work.Shape.Count, LoraRank, Settings.Masters, Clip).PeakBytes;

        static long Tokens((int[] Prompt, int[][] Responses) triplet) => triplet.Prompt.Length + triplet.Responses.Sum(response => (long)response.Length);
    }
}
