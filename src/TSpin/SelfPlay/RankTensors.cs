using TSpin.Distribution;
using TSpin.Models;
using TSpin.Optimization;
using TSpin.Torch;

namespace TSpin.SelfPlay;

/// <summary>Gives the other processes the weights and the optimizer state of rank 0, one tensor at a time and with every bit.</summary>
internal static class RankTensors
{
    /// <summary>Called by all: afterwards all have what rank 0 trains.</summary>
    public static void Share(RankGroup ranks, Decoder policy)
    {
        using var off = GradMode.Off();
        foreach (var name in policy.Training.Parameters.Keys.Order(StringComparer.Ordinal))
        {
            using var scope = new TensorScope();
            var exact = policy.Adapter is null ? policy.Weights.Exact(name) : policy.Training.Parameters[name].Detach();
            if (Shared(ranks, exact) is { } received)
            {
                policy.Training.Assign(name, received);
            }
        }
    }

    /// <summary>Called by all: afterwards all have rank 0's optimizer state.</summary>
    public static void Share(RankGroup ranks, Optimizer optimizer, int stepsDone)
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        optimizer.Prepare();
        var received = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, state) in optimizer.State.OrderBy(state => state.Key, StringComparer.Ordinal))
        {
            if (Shared(ranks, state) is { } tensor)
            {
                received.Add(name, tensor.To(state.DType, state.Device));
            }
        }

        if (!ranks.Leads)
        {
            optimizer.Restore(stepsDone, received);
        }
    }

    // Null in rank 0, which has it already.
    private static Tensor? Shared(RankGroup ranks, Tensor tensor)
    {
        var sent = ranks.Leads ? tensor.To(tensor.DType, Device.Cpu).Contiguous() : Tensor.Empty(tensor.Shape, tensor.DType, Device.Cpu);
        ranks.Broadcast(sent);
        return ranks.Leads ? null : sent;
    }
}
