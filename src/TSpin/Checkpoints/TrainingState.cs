using System.Globalization;
using TSpin.Models;
using TSpin.Optimization;
using TSpin.Safetensors;
using TSpin.Torch;

namespace TSpin.Checkpoints;

/// <summary>
/// What a stopped training stage needs to go on bit for bit: parameters, optimizer state, and the number of steps done, in one
/// safetensors file that is replaced as a whole.
/// </summary>
public static class TrainingState
{
    private const string ParameterPrefix = "parameter.";
    private const string OptimizerPrefix = "optimizer.";
    private const string StepKey = "step";

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
        var weights = policy.Training.Parameters.Select(parameter => shards is not null
                ? DecoderSaver.Weight(ParameterPrefix + parameter.Key, parameter.Value, shards.Type, () => policy.Weights.Exact(parameter.Key))
                : policy.Weights.Residues.ContainsKey(parameter.Key)
                ? DecoderSaver.Weight(ParameterPrefix + parameter.Key, parameter.Value, DType.Float32, () => policy.Weights.Exact(parameter.Key))
                : DecoderSaver.Weight(ParameterPrefix + parameter.Key, parameter.Value, parameter.Value.DType))
            .Concat(optimizer.State.Where(_ => shards is null).Select(state => DecoderSaver.Weight(OptimizerPrefix + state.Key, state.Value, state.Value.DType)))
            .Concat(fetch is null ? [] : optimizer.StateNames.Where(state => shards is not null || !optimizer.State.ContainsKey(state.State)).Select(state => DecoderSaver.Weight(
                OptimizerPrefix + state.State, policy.Training.Parameters[state.Parameter], optimizer.StateType(state.Parameter), () => fetch(state.State))));
        SafetensorsWriter.Write(path, weights, new Dictionary<string, string> { [StepKey] = step.ToString(CultureInfo.InvariantCulture) });
    }

    /// <summary>Puts a saved state back, if there is one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="policy">The model; overwritten.</param>
    /// <param name="optimizer">Its optimizer; overwritten.</param>
    /// <returns>Steps done; 0 when there is no file.</returns>
    /// <exception cref="TSpinException">The file is damaged or of another model.</exception>
    public static int Restore(string path, Decoder policy, Optimizer optimizer)
    {
        if (!File.Exists(path))
        {
            return 0;
        }

        using var scope = new TensorScope();
        using var off = GradMode.Off();
        using var file = SafetensorsFile.Open(path);
        var step = StepOf(file, path);
        foreach (var (name, parameter) in policy.Training.Parameters)
        {
            if (!file.Tensors.TryGetValue(ParameterPrefix + name, out var entry) || !entry.Shape.AsSpan().SequenceEqual(parameter.Shape))
            {
                throw new TSpinException($"{path}: {name} is missing or of another shape; the state is of another model. Delete it to start this stage again.");
            }

            policy.Training.Assign(name, Read(file, entry, policy.Device));
        }

        optimizer.Restore(step, file.Tensors.Values.Where(entry => entry.Name.StartsWith(OptimizerPrefix, StringComparison.Ordinal))
            .ToDictionary(entry => entry.Name[OptimizerPrefix.Length..], entry => Read(file, entry, policy.Device), StringComparer.Ordinal));
        return step;
    }

    /// <summary>Reads a saved state, if there is one, tensor by tensor.</summary>
    /// <param name="path">The file.</param>
    /// <param name="policy">The model.</param>
    /// <param name="optimizer">Its optimizer.</param>
    /// <param name="take">Gets every tensor in the order of <see cref="TensorNames"/>; it is gone afterwards.</param>
    /// <exception cref="TSpinException">The file is damaged or of another model.</exception>
    internal static void Each(string path, Decoder policy, Optimizer optimizer, Action<Tensor> take)
    {
        using var off = GradMode.Off();
        using var file = SafetensorsFile.Open(path);
        foreach (var (name, parameter, isState) in TensorNames(policy, optimizer))
        {
            using var scope = new TensorScope();
            var stored = (isState ? OptimizerPrefix : ParameterPrefix) + name;
            if (!file.Tensors.TryGetValue(stored, out var entry) || !entry.Shape.AsSpan().SequenceEqual(policy.Training.Parameters[parameter].Shape))
            {
                throw new TSpinException($"{path}: {stored} is missing or of another shape; the state is of another model. Delete it to start this stage again.");
            }

            take(Read(file, entry, Device.Cpu));
        }
    }

    /// <summary>What a state consists of, in one order in all processes: parameters, then what the optimizer keeps of each.</summary>
    internal static IEnumerable<(string Name, string Parameter, bool IsState)> TensorNames(Decoder policy, Optimizer optimizer) =>
        policy.Training.Parameters.Keys.Order(StringComparer.Ordinal).Select(name => (name, name, false)).Concat(optimizer.StateNames.Select(state => (state.State, state.Parameter, true)));

    /// <summary>Steps done, as a saved state says.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The number; 0 when there is no file.</returns>
    /// <exception cref="TSpinException">The file is damaged.</exception>
    public static int StepOf(string path)
    {
        if (!File.Exists(path))
        {
            return 0;
        }

        using var file = SafetensorsFile.Open(path);
        return StepOf(file, path);
    }

    private static int StepOf(SafetensorsFile file, string path) =>
        file.Metadata.TryGetValue(StepKey, out var text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            ? step
            : throw new TSpinException($"{path}: is no training state (no step). Delete it to start this stage again.");

    private static unsafe Tensor Read(SafetensorsFile file, TensorEntry entry, Device device) =>
        Tensor.FromPointer((nint)file.Pointer(entry), entry.ByteLength, entry.Shape, entry.Type switch
        {
            WeightType.Float64 => DType.Float64,
            WeightType.BFloat16 => DType.BFloat16,
            _ => DType.Float32,
        }, device);
}
