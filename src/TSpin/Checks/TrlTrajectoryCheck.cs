using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Torch;

namespace TSpin.Checks;

/// <summary>
/// Repeats runs of TRL's own trainers on the very batches they used: DPOTrainer with the sigmoid loss, which is SPIN with lambda = beta and the
/// initial model as pi_t, and SFTTrainer on completions.
/// </summary>
public static class TrlTrajectoryCheck
{
    private const double Relative = 1e-4;
    private const double RewardAllowed = 5e-4;

    // transformers divides by the warm-up in double precision as we do; the log prints all digits.
    private const double LearningRateRelative = 1e-9;

    /// <summary>Runs every recorded trajectory.</summary>
    /// <param name="list">Where the comparisons go.</param>
    /// <param name="path">trl.json.</param>
    /// <param name="modelFolder">The model that every run starts from.</param>
    /// <param name="device">Where it is trained.</param>
    /// <param name="exchange">With the processes that each train on their share of every window. Default: there are none.</param>
    /// <exception cref="TSpinException">Missing or malformed file, or a setting that is unknown.</exception>
    public static void Run(CheckList list, string path, string modelFolder, Device device, IGradientExchange? exchange = null)
    {
        var records = RecordJson.Read<TrlRecord[]>(path);
        var vocabularySize = DecoderConfigReader.Read(modelFolder).VocabularySize;
        foreach (var record in records)
        {
            RunOne(list, path, record, modelFolder, device, vocabularySize, exchange);
        }
    }

    private static void RunOne(CheckList list, string path, TrlRecord record, string modelFolder, Device device, int vocabularySize, IGradientExchange? exchange)
    {
        var arguments = record.Arguments;
        Objective objective = record.Trainer switch
        {
            "DPOTrainer" when arguments is { LossType: "sigmoid", Beta: { } beta } => new SpinObjective(beta, Link.Logistic),
            "SFTTrainer" => new SftObjective(),
            _ => throw new TSpinException($"{path}: {record.Name}: {record.Trainer} with loss_type '{arguments.LossType}' has no counterpart here; known are DPOTrainer with sigmoid, and SFTTrainer."),
        };

        // The record has batches that were read ahead and never used.
        var used = arguments.MaxSteps * arguments.GradientAccumulationSteps;
        if (arguments.GradientAccumulationSteps < 1 || record.Logs.Length != arguments.MaxSteps || record.Batches.Length < used)
        {
            throw new TSpinException($"{path}: {record.Name}: {record.Logs.Length} logs and {record.Batches.Length} batches for {arguments.MaxSteps} steps of {arguments.GradientAccumulationSteps}. Record it again.");
        }

        var windows = record.Batches.Take(used).Select((batch, i) => Triplets(path, $"{record.Name}, batch {i}", batch, objective.Responses.Contains(ResponseRole.Synthetic), vocabularySize))
            .Chunk(arguments.GradientAccumulationSteps).Select(chunk => chunk.SelectMany(triplets => triplets).ToArray()).ToArray();
        var training = new TrainingSettings
        {
            Optimizer = TrajectoryRun.Kind(path, arguments.Optim),
            LearningRate = [arguments.LearningRate],
            WeightDecay = arguments.WeightDecay,
            DecayBiasesAndNorms = false,   // transformers' Trainer spares them
            AdamBeta1 = arguments.AdamBeta1,
            AdamBeta2 = arguments.AdamBeta2,
            Epsilon = arguments.AdamEpsilon,
            Schedule = TrajectoryRun.Schedule(path, arguments.LrSchedulerType),
            MicroBatchSize = arguments.PerDeviceTrainBatchSize,
            ClipNorm = arguments.MaxGradNorm,
        };
        TrajectoryRun.Train(
            modelFolder, device, objective, training, arguments.WarmupSteps, windows, (step, metrics) => CompareStep(list, $"{record.Name}, step {step + 1}", metrics, record.Logs[step]),
            exchange: exchange);
    }

    private static void CompareStep(CheckList list, string place, StepMetrics metrics, TrlRecord.Log expected)
    {
        list.Near("TRL loss", place, metrics.Loss, expected.Loss, Relative * Math.Abs(expected.Loss));
        list.Near("TRL gradient norm", place, metrics.GradientNorm, expected.GradNorm, Relative * expected.GradNorm);
        list.Near("TRL learning rate", place, metrics.LearningRate, expected.LearningRate, LearningRateRelative * Math.Abs(expected.LearningRate));
        Relatively("TRL log-probs", "y", metrics.LogProbAnnotated, expected.LogProbAnnotated);
        Relatively("TRL log-probs", "y'", metrics.LogProbSynthetic, expected.LogProbSynthetic);
        Reward("y", metrics.RewardAnnotated, expected.RewardAnnotated);
        Reward("y'", metrics.RewardSynthetic, expected.RewardSynthetic);
        Reward("margin", metrics.RewardGap, expected.RewardGap);

        void Relatively(string quantity, string which, double? actual, double? recorded)
        {
            if (recorded is { } value)
            {
                list.Near(quantity, $"{place}, {which}", actual ?? double.NaN, value, Relative * Math.Abs(value));
            }
        }

        void Reward(string which, double? actual, double? recorded)
        {
            if (recorded is { } value)
            {
                list.Near("TRL rewards", $"{place}, {which}", actual ?? double.NaN, value, RewardAllowed);
            }
        }
    }

    private static Triplet[] Triplets(string path, string place, TrlRecord.Batch batch, bool pairs, int vocabularySize)
    {
        var rows = batch.InputIds.Select((_, row) => Row(path, $"{place}, row {row}", batch, row, vocabularySize)).ToArray();
        if (!pairs)
        {
            return [.. rows.Select((row, i) => new Triplet(i, row.Prompt, row.Response))];
        }

        var half = rows.Length / 2;
        if (rows.Length % 2 != 0 || rows.Take(half).Where((row, i) => !row.Prompt.AsSpan().SequenceEqual(rows[half + i].Prompt)).Any())
        {
            throw new TSpinException($"{path}: {place}: its halves are not annotated and synthetic responses to the same prompts. Record it again.");
        }

        return [.. Enumerable.Range(0, half).Select(i => new Triplet(i, rows[i].Prompt, rows[i].Response, rows[half + i].Response))];
    }

    // Padding has the id of EOS, so only the masks tell what is what: prompt, then response, then padding.
    private static (int[] Prompt, int[] Response) Row(string path, string place, TrlRecord.Batch batch, int row, int vocabularySize)
    {
        var ids = RecordJson.WithinVocabulary(path, place, batch.InputIds[row], vocabularySize);
        var length = batch.AttentionMask[row].Count(mask => mask != 0);
        var isResponse = batch.CompletionMask is { } masks ? [.. masks[row].Select(mask => mask != 0)]
            : batch.Labels is { } labels ? labels[row].Select(label => label != -100).ToArray()
            : throw new TSpinException($"{path}: {place}: neither completion_mask nor labels. Record it again.");
        var start = Array.IndexOf(isResponse, true);
        return start > 0 && length <= ids.Length && isResponse.Length == ids.Length
            && isResponse.Take(length).Skip(start).All(inside => inside) && !isResponse.Skip(length).Contains(true)
            ? (ids[..start], ids[start..length])
            : throw new TSpinException($"{path}: {place}: is not prompt, response, padding. Record it again.");
    }
}
