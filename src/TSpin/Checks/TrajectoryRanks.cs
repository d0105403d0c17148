using TSpin.Distribution;
using TSpin.Models;
using TSpin.Optimization;
using TSpin.Torch;

namespace TSpin.Checks;

/// <summary>The processes that repeat recorded training runs together, each on its share of every window.</summary>
/// <param name="Ranks">The processes.</param>
/// <param name="Sharding">What each of them holds of the model.</param>
public sealed record TrajectoryRanks(RankGroup Ranks, ShardingKind Sharding = ShardingKind.None)
{
    // What the issue of several processes asks for: a millionth, or ten times what another order of summation does.
    private const double Relative = 1e-6;
    private const double SpreadFactor = 10;

    /// <summary>The model, or this process' share of it.</summary>
    internal Decoder Load(string folder, Device device) => Sharding == ShardingKind.Full ? DecoderLoader.LoadShare(folder, Ranks, DType.Float32, DType.Float32, device)
        : DecoderLoader.Load(folder, device: device);

    /// <summary>Divides the update, where that is asked for.</summary>
    internal IGradientExchange Divide(Decoder policy, Optimizer optimizer)
    {
        if (Sharding != ShardingKind.Optimizer)
        {
            return new RankExchange(Ranks);
        }

        var owners = ParameterOwners.Of(policy.Training.Parameters, Ranks.Count);
        optimizer.Holds = name => owners[name] == Ranks.Rank;
        return new RankExchange(Ranks, owners);
    }

    /// <summary>Compares a step with that of one process.</summary>
    /// <param name="list">Where the comparisons go.</param>
    /// <param name="place">Which step.</param>
    /// <param name="metrics">The step.</param>
    /// <param name="alone">The same in one process; null where one trains.</param>
    /// <param name="spread">What was recorded of other orders of summation. Default: nothing, so that what was measured counts.</param>
    internal static void Compare(CheckList list, string place, StepMetrics metrics, SoloStep? alone, TorchRecord.Spread? spread = null)
    {
        if (alone is not null)
        {
            list.Near(
                "loss over processes", place, metrics.Loss, alone.Metrics.Loss,
                Math.Max(Relative * Math.Abs(alone.Metrics.Loss), SpreadFactor * (spread?.Loss ?? alone.LossSpread)));
            list.Near(
                "gradient norm over processes", place, metrics.GradientNorm, alone.Metrics.GradientNorm,
                Math.Max(Relative, SpreadFactor * (spread?.GradientNormRelative ?? alone.NormSpread)) * alone.Metrics.GradientNorm);
        }
    }
}
