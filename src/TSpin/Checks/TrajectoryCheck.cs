using TSpin.Models;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Torch;

namespace TSpin.Checks;

/// <summary>
/// Repeats training runs recorded in plain torch with the product's own trainer: per step the loss and its terms, the gradient norm, the
/// learning rate and the mean log-probabilities; at the end how far each parameter moved.
/// </summary>
public static class TrajectoryCheck
{
    private const double Relative = 1e-4;
    private const double MovedRelative = 1e-3;
    private const double SpreadFactor = 10;

    /// <summary>Runs every recorded trajectory.</summary>
    /// <param name="list">Where the comparisons go.</param>
    /// <param name="path">torch.json.</param>
    /// <param name="tripletsPath">triplets.ids.json: the batches are these in order, wrapping round.</param>
    /// <param name="modelFolder">The model that every run starts from.</param>
    /// <param name="device">Where it is trained.</param>
    /// <param name="ranks">The processes that each train on their share of every window. Default: there are none.</param>
    /// <exception cref="TSpinException">Missing or malformed file, or a setting that is unknown.</exception>
    public static void Run(CheckList list, string path, string tripletsPath, string modelFolder, Device device, TrajectoryRanks? ranks = null) =>
        Run(list, path, tripletsPath, modelFolder, device, ranks, null);

    /// <summary>As the other, and tells what every step was like.</summary>
    internal static void Run(
        CheckList list, string path, string tripletsPath, string modelFolder, Device device, TrajectoryRanks? ranks, Action<TorchRecord.Run, StepMetrics>? watch)
    {
        var record = RecordJson.Read<TorchRecord>(path);
        var triplets = ReadTriplets(tripletsPath, DecoderConfigReader.Read(modelFolder).VocabularySize);
        foreach (var run in record.Cases)
        {
            RunOne(list, path, run, triplets, modelFolder, device, ranks, watch);
        }
    }

    private static void RunOne(CheckList list, string path, TorchRecord.Run run, Triplet[] triplets, string modelFolder, Device device, TrajectoryRanks? ranks, Action<TorchRecord.Run, StepMetrics>? watch)
    {
        var settings = run.Configuration;
        var objective = RecordedObjective.Of(path, settings.Objective, settings.Link, settings.Alpha, settings.Beta, settings.Lambda);
        var window = settings.Batch * settings.Accumulation;
        if (settings.Batch < 1 || settings.Accumulation < 1 || window > triplets.Length)
        {
            throw new TSpinException($"{path}: {settings.Name}: batch {settings.Batch} x accumulation {settings.Accumulation} does not fit {triplets.Length} triplets.");
        }

        var windows = run.Steps.Select((_, step) => Enumerable.Range(step * window, window)
            .Select(i => triplets[i % triplets.Length]).Select(triplet => objective.Responses.Contains(ResponseRole.Synthetic) ? triplet : triplet with { Synthetic = null, ProtoSynthetic = null }).ToArray()).ToArray();
        var training = new TrainingSettings
        {
            Optimizer = TrajectoryRun.Kind(path, settings.Optimizer),
            LearningRate = [settings.Lr],
            WeightDecay = settings.WeightDecay,
            Schedule = TrajectoryRun.Schedule(path, settings.Schedule),
            MicroBatchSize = settings.Batch,
            ClipNorm = settings.Clip,
        };
        TrajectoryRun.Train(
            modelFolder, device, objective, training, settings.WarmupSteps, windows,
            (step, metrics, alone) =>
            {
                TrajectoryRanks.Compare(list, $"{settings.Name}, step {step + 1}", metrics, alone, run.SpreadOfTwoOrdersOfSummation);
                CompareStep(list, $"{settings.Name}, step {step + 1}", metrics, run.Steps[step], run.SpreadOfTwoOrdersOfSummation);
                watch?.Invoke(run, metrics);
            },
            (last, initial) => CompareParameters(list, settings.Name, last, initial, run.FinalParameters),
            ranks: ranks);
    }

    private static void CompareStep(CheckList list, string place, StepMetrics metrics, TorchRecord.Step expected, TorchRecord.Spread spread)
    {
        LossLike("trajectory loss", metrics.Loss, expected.Loss);
        list.Near("trajectory gradient norm", place, metrics.GradientNorm, expected.GradientNorm, Math.Max(Relative, SpreadFactor * spread.GradientNormRelative) * expected.GradientNorm);
        list.Near("trajectory learning rate", place, metrics.LearningRate, expected.Lr, 1e-12 * Math.Abs(expected.Lr));
        LogProb("y", metrics.LogProbAnnotated, expected.Annotated);
        LogProb("y'", metrics.LogProbSynthetic, expected.Synthetic);
        LogProb("y0", metrics.LogProbProtoSynthetic, expected.ProtoSynthetic);
        LossLike("trajectory current term", metrics.CurrentTerm, expected.CurrentTerm);
        LossLike("trajectory historical term", metrics.HistoricalTerm, expected.HistoricalTerm);

        void LossLike(string quantity, double? actual, double? recorded)
        {
            if (recorded is { } value)
            {
                list.Near(quantity, place, actual ?? double.NaN, value, Math.Max(Relative * Math.Abs(value), SpreadFactor * spread.Loss));
            }
        }

        void LogProb(string which, double? actual, double? recorded)
        {
            if (recorded is { } value)
            {
                list.Near("trajectory log-probs", $"{place}, {which}", actual ?? double.NaN, value, Relative * Math.Abs(value));
            }
        }
    }

    private static void CompareParameters(
        CheckList list, string place, IReadOnlyDictionary<string, Tensor> trained, IReadOnlyDictionary<string, Tensor> initial, Dictionary<string, TorchRecord.Moved> expected)
    {
        list.Same("trajectory parameter names", place, Joined(trained.Keys), Joined(expected.Keys));
        foreach (var (name, moved) in expected)
        {
            if (!trained.TryGetValue(name, out var parameter))
            {
                continue;
            }

            using var scope = new TensorScope();
            var first = initial[name].To(DType.Float64);
            var last = parameter.To(DType.Float64);
            list.Near("parameters moved", $"{place}, {name}", Norm(last - first), moved.Distance, MovedRelative * moved.Distance);
            list.Near("final norm", $"{place}, {name}", Norm(last), moved.Norm, Relative * moved.Norm);
            list.Near("final x initial", $"{place}, {name}", last.Dot(first), moved.DotInitial, Relative * Math.Abs(moved.DotInitial));
        }
    }

    private static double Norm(Tensor tensor) => Math.Sqrt(Tensor.SumOfSquares([tensor]));

    private static string Joined(IEnumerable<string> names) => string.Join(' ', names.Order(StringComparer.Ordinal));

    private static Triplet[] ReadTriplets(string path, int vocabularySize)
    {
        var rows = RecordJson.Read<TripletRow[]>(path);
        return [.. rows.Select((row, i) => new Triplet(
            i, Ids(i, "prompt", row.Prompt), Ids(i, "annotated", row.Annotated), Ids(i, "synthetic", row.Synthetic), Ids(i, "proto_synthetic", row.ProtoSynthetic)))];

        int[] Ids(int index, string key, int[] ids) => ids.Length > 0
            ? RecordJson.WithinVocabulary(path, $"[{index}].{key}", ids, vocabularySize)
            : throw new TSpinException($"{path}: [{index}].{key} is empty. Record it again.");
    }

    private sealed record TripletRow(int[] Prompt, int[] Annotated, int[] Synthetic, int[] ProtoSynthetic);
}
