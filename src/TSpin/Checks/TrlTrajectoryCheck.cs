using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Torch;

namespace TSpin.Checks;

/// <summary>
/// Repeats runs of TRL's own trainers on the very batches they used: losses on pairs of DPOTrainer, CPOTrainer and
/// ORPOTrainer, and SFTTrainer on completions. DPOTrainer with the sigmoid loss is also SPIN with lambda = beta and
/// the initial model as pi_t. Runs of losses or settings that are not here are named and counted, and are no failure.
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
    /// <param name="ranks">The processes that each train on their share of every window. Default: there are none.</param>
    /// <exception cref="TSpinException">Missing or malformed file, or a setting that is unknown.</exception>
    public static void Run(CheckList list, string path, string modelFolder, Device device, TrajectoryRanks? ranks = null)
    {
        var records = RecordJson.Read<TrlRecord[]>(path);
        var vocabularySize = DecoderConfigReader.Read(modelFolder).VocabularySize;
        var left = 0;
        foreach (var record in records)
        {
            var loss = TrlLoss.Of(record);
            if (loss.Objective is null)
            {
                list.Skip($"{record.Name}: {loss.Reason}");
                left++;
                continue;
            }

            RunOne(list, path, record, loss, modelFolder, device, vocabularySize, ranks);
        }

        if (left > 0)
        {
            list.Skip($"{path}: {left} of {records.Length} runs, named above");
        }
    }

    private static void RunOne(CheckList list, string path, TrlRecord record, TrlLoss loss, string modelFolder,
        Device device, int vocabularySize, TrajectoryRanks? ranks)
    {
        var arguments = record.Arguments;
        var objective = loss.Objective!;
        // The record has batches that were read ahead and never used.
        var used = arguments.MaxSteps * arguments.GradientAccumulationSteps;
        if (arguments.GradientAccumulationSteps < 1 || record.Logs.Length != arguments.MaxSteps || record.Batches.Length < used)
        {
            throw new TSpinException($"{path}: {record.Name}: {record.Logs.Length} logs and {record.Batches.Length} batches for {arguments.MaxSteps} steps of {arguments.GradientAccumulationSteps}. Record it again.");
        }

        var notScored = new List<(int, int)>();
        var pairs = objective.Responses.Contains(ResponseRole.Rejected);
        var windows = record.Batches.Take(used)
            .Select((batch, i) => Triplets(path, $"{record.Name}, batch {i}", batch, pairs, vocabularySize, notScored))
            .Chunk(arguments.GradientAccumulationSteps).Select(chunk => chunk.SelectMany(triplets => triplets).ToArray()).ToArray();
        var isApart = record.Batches[0].ChosenInputIds is not null;
        if (isApart)
        {
            objective = new PartlyScored(objective, notScored, loss.LogsMeans);
        }

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
            modelFolder, device, objective, training, arguments.WarmupSteps, windows,
            (step, metrics, alone) =>
            {
                TrajectoryRanks.Compare(list, $"{record.Name}, step {step + 1}", metrics, alone);
                CompareStep(list, $"{record.Name}, step {step + 1}", metrics, record.Logs[step], isApart, !loss.OnMeans);
            },
            reduction: loss.OnMeans ? LogProbReduction.Mean : LogProbReduction.Sum, ranks: ranks);
    }

    private static void CompareStep(
        CheckList list, string place, StepMetrics metrics, TrlRecord.Log expected, bool isApart, bool withRewards)
    {
        list.Near("TRL loss", place, metrics.Loss, expected.Loss, Relative * Math.Abs(expected.Loss));
        list.Near("TRL gradient norm", place, metrics.GradientNorm, expected.GradNorm, Relative * expected.GradNorm);
        list.Near("TRL learning rate", place, metrics.LearningRate, expected.LearningRate, LearningRateRelative * Math.Abs(expected.LearningRate));
        Relatively("TRL log-probs", "chosen", isApart ? metrics.Terms![PartlyScored.Chosen] : metrics.LogProbAnnotated,
            expected.LogProbChosen);
        Relatively("TRL log-probs", "rejected", metrics.Terms?[isApart ? PartlyScored.Rejected : "log_prob_rejected"],
            expected.LogProbRejected);
        if (!withRewards)
        {
            // The trainer logs rewards of sums, also where its loss compares means.
            return;
        }

        Reward("chosen", metrics.RewardAnnotated, expected.RewardChosen);
        Reward("rejected", metrics.RewardSynthetic, expected.RewardRejected);
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

    // Triplets are numbered through all batches; of each is noted how many tokens of its responses belong to the
    // prompt.
    private static Triplet[] Triplets(
        string path, string place, TrlRecord.Batch batch, bool pairs, int vocabularySize, List<(int, int)> notScored)
    {
        var rows = Rows("", batch.InputIds, batch.AttentionMask, batch.CompletionMask, batch.Labels);
        if (!pairs)
        {
            return [.. rows.Select((row, i) => new Triplet(i, row.Prompt, row.Response))];
        }

        var chosen = Rows("chosen ", batch.ChosenInputIds, batch.ChosenAttentionMask, null, batch.ChosenLabels);
        var rejected = Rows("rejected ", batch.RejectedInputIds, batch.RejectedAttentionMask, null,
            batch.RejectedLabels);
        if (batch.ChosenInputIds is null)
        {
            (chosen, rejected) = (rows[..(rows.Length / 2)], rows[(rows.Length / 2)..]);
            if (chosen.Length != rejected.Length
                || chosen.Zip(rejected).Any(pair => !pair.First.Prompt.AsSpan().SequenceEqual(pair.Second.Prompt)))
            {
                throw new TSpinException(
                    $"{path}: {place}: its halves are not chosen and rejected responses to the same prompts. Record it "
                        + "again.");
            }
        }

        if (chosen.Length == 0 || chosen.Length != rejected.Length)
        {
            throw new TSpinException(
                $"{path}: {place}: {chosen.Length} chosen and {rejected.Length} rejected rows are no pairs. Record it "
                    + "again.");
        }

        return [.. chosen.Zip(rejected, (better, worse) =>
        {
            var shared = better.Prompt.AsSpan().CommonPrefixLength(worse.Prompt);
            if (shared == 0)
            {
                throw new TSpinException(
                    $"{path}: {place}: a chosen and a rejected row have prompts that differ from their first token on. "
                        + "Record it again.");
            }

            notScored.Add((better.Prompt.Length - shared, worse.Prompt.Length - shared));
            int[] chosenRest = [.. better.Prompt[shared..], .. better.Response];
            int[] rejectedRest = [.. worse.Prompt[shared..], .. worse.Response];
            return new Triplet(notScored.Count - 1, better.Prompt[..shared], chosenRest) { Rejected = rejectedRest };
        })];

        (int[] Prompt, int[] Response)[] Rows(
            string which, int[][]? ids, int[][]? attention, int[][]? masks, int[][]? labels)
        {
            return ids is null ? []
                : attention?.Length == ids.Length && (masks ?? labels)?.Length == ids.Length
                    ? [.. ids.Select((row, i) => Row(
                        path, $"{place}, {which}row {i}",
                        RecordJson.WithinVocabulary(path, $"{place}, {which}row {i}", row, vocabularySize),
                        attention[i], masks?[i], labels?[i]))]
                : throw new TSpinException(
                    $"{path}: {place}: {which}rows without as many attention masks, and completion masks or labels. "
                        + "Record it again.");
        }
    }

    // Padding has the id of EOS, so only the masks tell what is what: prompt, then response, then padding.
    private static (int[] Prompt, int[] Response) Row(
        string path, string place, int[] ids, int[] attention, int[]? mask, int[]? labels)
    {
        var length = attention.Count(value => value != 0);
        bool[] isResponse = mask is not null ? [.. mask.Select(value => value != 0)]
            : [.. labels!.Select(label => label != -100)];
        var start = Array.IndexOf(isResponse, true);
        return start > 0 && length <= ids.Length && isResponse.Length == ids.Length
            && isResponse.Take(length).Skip(start).All(inside => inside) && !isResponse.Skip(length).Contains(true)
            ? (ids[..start], ids[start..length])
            : throw new TSpinException($"{path}: {place}: is not prompt, response, padding. Record it again.");
    }
}
