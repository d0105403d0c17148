using TSpin.Checkpoints;
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

    /// <summary>Called by all but rank 0, which sends a model, or what is trained in its place.</summary>
    public static void Take(RankGroup ranks, Decoder model)
    {
        if (model.Training.Shards is { } shards)
        {
            TakeShares(ranks, shards);
        }
        else
        {
            Share(ranks, model);
        }
    }

    private static void TakeShares(RankGroup ranks, WeightShards shards)
    {
        using var off = GradMode.Off();
        foreach (var (name, shape) in shards.Shapes)
        {
            using var scope = new TensorScope();
            var tensor = Tensor.Empty(shape, shards.Type);
            ranks.Broadcast(tensor);
            shards.Assign(name, (begin, count) => tensor.Reshape(-1).Narrow(0, begin, count));
        }
    }

    /// <summary>Called by all: afterwards each has of a saved state what it holds, and none has had more than a tensor beside it.</summary>
    /// <param name="ranks">The processes.</param>
    /// <param name="policy">The model in training.</param>
    /// <param name="optimizer">Its optimizer.</param>
    /// <param name="stepsDone">Of the state.</param>
    /// <param name="saved">The state, in rank 0, which reads it for all.</param>
    public static void TakeState(RankGroup ranks, Decoder policy, Optimizer optimizer, int stepsDone, SavedState? saved)
    {
        using var off = GradMode.Off();
        optimizer.BeginRestore(stepsDone);
        foreach (var (name, parameter, isState) in TrainingState.TensorNames(policy, optimizer))
        {
            using var scope = new TensorScope();
            var like = policy.Training.Parameters[parameter];
            var type = isState ? optimizer.StateType(parameter) : policy.Training.Shards?.Type ?? (policy.Weights.Residues.ContainsKey(parameter) ? DType.Float32 : like.DType);
            var sent = saved is null ? Tensor.Empty([like.ElementCount], type) : TrainingState.Read(saved, policy, name, parameter, isState).To(type).Contiguous();
            ranks.Broadcast(sent);
            TrainingState.Take(policy, optimizer, name, parameter, isState, (begin, count) => sent.Narrow(0, begin, count));
        }
    }

    /// <summary>Called by all: gathers a parameter, as exactly as it is kept.</summary>
    public static Tensor FetchParameter(RankGroup ranks, WeightShards shards, string name)
    {
        using var off = GradMode.Off();
        return FetchPieces(ranks, shards, name, shards.Type, () => shards.ExactPiece(name));
    }

    /// <summary>Called by all: gathers a tensor of optimizer state.</summary>
    public static Tensor FetchState(RankGroup ranks, WeightShards shards, Optimizer optimizer, string state)
    {
        using var off = GradMode.Off();
        var parameter = optimizer.StateNames.First(entry => entry.State == state).Parameter;
        return FetchPieces(ranks, shards, parameter, optimizer.StateType(parameter), () => optimizer.State[state]);
    }

    /// <summary>Whether this process' share holds numbers alone.</summary>
    public static bool AreFinite(WeightShards shards)
    {
        using var off = GradMode.Off();
        return shards.Pieces.Values.All(piece =>
        {
            // What is made of one piece is freed before the next.
            using var scope = new TensorScope();
            return piece.ElementCount == 0 || double.IsFinite(piece.To(DType.Float64).Sum().Item());
        });
    }

    // Flat pieces in the order of ranks, each from the one that has it.
    private static Tensor FetchPieces(RankGroup ranks, WeightShards shards, string parameter, DType type, Func<Tensor> own)
    {
        var whole = shards.Parameters[parameter];
        var flat = Tensor.Empty([whole.ElementCount], type);
        for (var rank = 0; rank < ranks.Count; rank++)
        {
            var (begin, count) = shards.PieceOf(parameter, rank);
            if (count > 0)
            {
                var piece = flat.Narrow(0, begin, count);
                if (rank == ranks.Rank)
                {
                    piece.CopyFrom(own());
                }

                ranks.Broadcast(piece, rank);
            }
        }

        return flat.Reshape(whole.Shape);
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
