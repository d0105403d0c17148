using System.Globalization;
using TSpin.Models;
using TSpin.Optimization;
using TSpin.Safetensors;
using TSpin.Torch;

namespace TSpin.Checkpoints;

/// <summary>
/// What a stopped training stage needs to go on bit for bit: parameters, optimizer state, and the number of steps done, in one safetensors file that is replaced as a whole. Where processes share
/// the state and see the same folder, each writes what it holds to a file of its own, and the one file, written last, names them.
/// </summary>
public static class TrainingState
{
    private const string ParameterPrefix = "parameter.";
    private const string OptimizerPrefix = "optimizer.";

    /// <summary>Writes the state.</summary>
    /// <param name="path">The file.</param>
    /// <param name="policy">The model.</param>
    /// <param name="optimizer">Its optimizer.</param>
    /// <param name="step">Steps done in this stage.</param>
    public static void Save(string path, Decoder policy, Optimizer optimizer, int step) => Save(path, policy, optimizer, step, null);

    // Where other processes hold optimizer state too, each tensor of it is fetched when it is written.
    internal static void Save(string path, Decoder policy, Optimizer optimizer, int step, Func<string, Tensor>? fetch)
    {
        var shards = policy.Training.Shards;
        var weights = policy.Training.Parameters.Keys.Select(name => Parameter(policy, name))
            .Concat(optimizer.State.Where(_ => shards is null).Select(state => DecoderSaver.Weight(OptimizerPrefix + state.Key, state.Value, state.Value.DType)))
            .Concat(fetch is null ? [] : optimizer.StateNames.Where(state => shards is not null || !optimizer.State.ContainsKey(state.State)).Select(state => DecoderSaver.Weight(
                OptimizerPrefix + state.State, policy.Training.Parameters[state.Parameter], optimizer.StateType(state.Parameter), () => fetch(state.State))));
        SafetensorsWriter.Write(path, weights, new Dictionary<string, string> { [SavedState.StepKey] = Text(step) });
        StateFiles.Sweep(path);
    }

    /// <summary>Writes what this process holds: whole tensors that it updates, or its slices of all. It counts when <see cref="NameParts"/> is done.</summary>
    /// <param name="path">The state's file.</param>
    /// <param name="policy">The model.</param>
    /// <param name="optimizer">Its optimizer.</param>
    /// <param name="step">Steps done in this stage.</param>
    /// <param name="rank">This process, from 0.</param>
    /// <param name="count">How many there are.</param>
    internal static void SavePart(string path, Decoder policy, Optimizer optimizer, int step, int rank, int count)
    {
        var shards = policy.Training.Shards;
        var names = policy.Training.Parameters.Keys.Where(optimizer.Holds);
        var states = optimizer.StateNames.Where(state => optimizer.Holds(state.Parameter)).ToArray();
        var weights = shards is not null
            ? names.Select(name => DecoderSaver.Weight(
                    SavedState.SliceName(ParameterPrefix + name, shards.PieceOf(name, rank).Begin), shards.Pieces[name], shards.Type, () => shards.ExactPiece(name)))
                .Concat(states.Select(state => DecoderSaver.Weight(
                    SavedState.SliceName(OptimizerPrefix + state.State, shards.PieceOf(state.Parameter, rank).Begin), optimizer.State[state.State], optimizer.State[state.State].DType)))
            : names.Select(name => Parameter(policy, name))
                .Concat(states.Select(state => DecoderSaver.Weight(OptimizerPrefix + state.State, optimizer.State[state.State], optimizer.State[state.State].DType)));
        SafetensorsWriter.Write(
            StateFiles.Part(path, step, rank + 1, count), weights,
            new Dictionary<string, string> { [SavedState.StepKey] = Text(step), [SavedState.PartsKey] = Text(count), [SavedState.PartKey] = Text(rank + 1) });
    }

    /// <summary>Makes of parts that are all written the state that counts, and sweeps those of the one before.</summary>
    /// <param name="path">The state's file.</param>
    /// <param name="step">Steps done in this stage.</param>
    /// <param name="count">How many parts there are.</param>
    internal static void NameParts(string path, int step, int count)
    {
        SafetensorsWriter.Write(path, [], new Dictionary<string, string> { [SavedState.StepKey] = Text(step), [SavedState.PartsKey] = Text(count) });
        StateFiles.Sweep(path);
    }

    /// <summary>Puts a saved state back, if there is one, whoever wrote it: where processes share the state, what this one holds.</summary>
    /// <param name="path">The file.</param>
    /// <param name="policy">The model; overwritten.</param>
    /// <param name="optimizer">Its optimizer; overwritten.</param>
    /// <returns>Steps done; 0 when there is no file.</returns>
    /// <exception cref="TSpinException">A file is damaged or of another model, or a part of the state is missing; nothing is overwritten then.</exception>
    public static int Restore(string path, Decoder policy, Optimizer optimizer)
    {
        if (!File.Exists(path))
        {
            return 0;
        }

        using var off = GradMode.Off();
        using var saved = Open(path, policy, optimizer);
        optimizer.BeginRestore(saved.Step);
        foreach (var (name, parameter, isState) in TensorNames(policy, optimizer))
        {
            Take(policy, optimizer, name, parameter, isState, (begin, count) => saved.Read(Stored(name, isState), begin, count, policy.Device));
        }

        return saved.Step;
    }

    /// <summary>Reads a saved state tensor by tensor, each of them whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="policy">The model.</param>
    /// <param name="optimizer">Its optimizer.</param>
    /// <returns>The state, of which <see cref="Read"/> reads what <see cref="TensorNames"/> names.</returns>
    /// <exception cref="TSpinException">A file is damaged or of another model, or a part of the state is missing.</exception>
    internal static SavedState Open(string path, Decoder policy, Optimizer optimizer)
    {
        var saved = SavedState.Open(path);
        try
        {
            foreach (var (name, parameter, isState) in TensorNames(policy, optimizer))
            {
                saved.Require(Stored(name, isState), policy.Training.Parameters[parameter]);
            }

            return saved;
        }
        catch
        {
            saved.Dispose();
            throw;
        }
    }

    /// <summary>A whole tensor of a saved state, flat and on the CPU.</summary>
    internal static Tensor Read(SavedState saved, Decoder policy, string name, string parameter, bool isState) =>
        saved.Read(Stored(name, isState), 0, policy.Training.Parameters[parameter].ElementCount, Device.Cpu);

    /// <summary>Takes a tensor of a saved state, or of it what this process holds.</summary>
    /// <param name="policy">The model; overwritten.</param>
    /// <param name="optimizer">Its optimizer.</param>
    /// <param name="name">The tensor, from <see cref="TensorNames"/>.</param>
    /// <param name="parameter">The parameter that it belongs to.</param>
    /// <param name="isState">Whether it is optimizer state.</param>
    /// <param name="read">Gives numbers of it, flat: from which, how many.</param>
    internal static void Take(Decoder policy, Optimizer optimizer, string name, string parameter, bool isState, Func<long, long, Tensor> read)
    {
        using var scope = new TensorScope();
        var like = policy.Training.Parameters[parameter];
        if (isState && optimizer.Holds(parameter))
        {
            var (begin, count) = policy.Training.Shards is { } shards ? shards.PieceOf(parameter, shards.Ranks.Rank) : (0, like.ElementCount);
            var part = read(begin, count);
            optimizer.Restore(name, (policy.Training.Shards is null ? part.Reshape(like.Shape) : part).To(part.DType, policy.Device, copy: true));
        }
        else if (!isState && policy.Training.Shards is { } own)
        {
            own.Assign(name, read);
        }
        else if (!isState)
        {
            policy.Training.Assign(name, read(0, like.ElementCount).Reshape(like.Shape));
        }
    }

    /// <summary>What a state consists of, in one order in all processes: parameters, then what the optimizer keeps of each.</summary>
    internal static IEnumerable<(string Name, string Parameter, bool IsState)> TensorNames(Decoder policy, Optimizer optimizer) =>
        policy.Training.Parameters.Keys.Order(StringComparer.Ordinal).Select(name => (name, name, false)).Concat(optimizer.StateNames.Select(state => (state.State, state.Parameter, true)));

    /// <summary>Steps done, as a saved state says.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The number; 0 when there is no file.</returns>
    /// <exception cref="TSpinException">The file is damaged.</exception>
    public static int StepOf(string path) => File.Exists(path) ? SavedState.Head(path).Step : 0;

    private static string Stored(string name, bool isState) => (isState ? OptimizerPrefix : ParameterPrefix) + name;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static WeightToWrite Parameter(Decoder policy, string name)
    {
        var parameter = policy.Training.Parameters[name];
        return policy.Training.Shards is { } shards ? DecoderSaver.Weight(ParameterPrefix + name, parameter, shards.Type, () => policy.Weights.Exact(name))
            : policy.Weights.Residues.ContainsKey(name) ? DecoderSaver.Weight(ParameterPrefix + name, parameter, DType.Float32, () => policy.Weights.Exact(name))
            : DecoderSaver.Weight(ParameterPrefix + name, parameter, parameter.DType);
    }
}
