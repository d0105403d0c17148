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

    /// <summary>Called by all: afterwards each has of rank 0's optimizer state what it holds.</summary>
    public static void Share(RankGroup ranks, Decoder policy, Optimizer optimizer, int stepsDone)
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        var held = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, parameter) in optimizer.StateNames)
        {
            var like = policy.Training.Parameters[parameter];
            using var one = new TensorScope();
            var tensor = ranks.Leads ? optimizer.State[name].To(optimizer.StateType(parameter), Device.Cpu).Contiguous() : Tensor.Empty(like.Shape, optimizer.StateType(parameter));
            ranks.Broadcast(tensor);
            if (optimizer.Holds(parameter))
            {
                held.Add(name, scope.Adopt(TensorScope.Detach(tensor.To(tensor.DType, like.Device, copy: true))));
            }
        }

        optimizer.Restore(stepsDone, held);
    }

    /// <summary>Called by all: afterwards all have every parameter as the process has it that updates it.</summary>
    public static void Collect(RankGroup ranks, Decoder policy, IReadOnlyDictionary<string, int> owners)
    {
        using var off = GradMode.Off();
        foreach (var name in policy.Training.Parameters.Keys.Order(StringComparer.Ordinal).Where(policy.Weights.Residues.ContainsKey))
        {
            using var scope = new TensorScope();
            var exact = policy.Weights.Exact(name);
            var sent = owners[name] == ranks.Rank ? exact.To(exact.DType, Device.Cpu).Contiguous() : Tensor.Empty(exact.Shape, exact.DType);
            ranks.Broadcast(sent, owners[name]);
            if (owners[name] != ranks.Rank)
            {
                policy.Training.Assign(name, sent);
            }
        }
    }

    /// <summary>Called by all: returns a tensor of optimizer state that one of them holds.</summary>
    public static Tensor Fetch(RankGroup ranks, Decoder policy, Optimizer optimizer, IReadOnlyDictionary<string, int> owners, string state)
    {
        using var off = GradMode.Off();
        var parameter = optimizer.StateNames.First(entry => entry.State == state).Parameter;
        var tensor = optimizer.State.TryGetValue(state, out var own) ? own.To(own.DType, Device.Cpu).Contiguous()
            : Tensor.Empty(policy.Training.Parameters[parameter].Shape, optimizer.StateType(parameter));
        ranks.Broadcast(tensor, owners[parameter]);
        return tensor;
    }

    // Null in rank 0, which has it already.
    private static Tensor? Shared(RankGroup ranks, Tensor tensor)
    {
        var sent = ranks.Leads ? tensor.To(tensor.DType, Device.Cpu).Contiguous() : Tensor.Empty(tensor.Shape, tensor.DType, Device.Cpu);
        ranks.Broadcast(sent);
        return ranks.Leads ? null : sent;
    }
}
