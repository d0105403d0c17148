using TSpin.Models;
using TSpin.Torch;

namespace TSpin.Optimization;

/// <summary>
/// Updates parameters from their gradients, in place, with torch.optim's semantics. State tensors are beside each parameter, moments in float32, and
/// can be saved and restored, so that a resumed run continues bit for bit.
/// </summary>
public abstract class Optimizer : IDisposable
{
    private readonly Dictionary<string, Tensor> _state = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _numbers; // by which stochastic rounding tells parameters apart

    /// <summary>Prepares the update of a set of parameters.</summary>
    /// <param name="parameters">Names and tensors; gradients are read from them.</param>
    /// <param name="weightDecay">Weight decay, at least 0.</param>
    /// <param name="decays">Which parameters decay; null means all.</param>
    /// <param name="residues"><see cref="DecoderWeights.Residues"/>: the lower halves of bfloat16 parameters, updated with them. Default: none.</param>
    /// <param name="roundingSeed">bfloat16 parameters without residue are rounded at random, decided by it and by step, parameter and element; null rounds them to the nearest. Default: null.</param>
    protected Optimizer(
        IReadOnlyDictionary<string, Tensor> parameters, double weightDecay, Func<string, bool>? decays, IReadOnlyDictionary<string, Tensor>? residues = null, ulong? roundingSeed = null)
    {
        RoundingSeed = roundingSeed;
        Residues = residues ?? new Dictionary<string, Tensor>();
        Parameters = parameters;
        _numbers = parameters.Keys.Index().ToDictionary(entry => entry.Item, entry => entry.Index, StringComparer.Ordinal);
        WeightDecay = weightDecay;
        Decays = decays ?? (_ => true);
    }

    /// <summary>Updates done so far.</summary>
    public long StepsDone { get; private set; }

    /// <summary>Whether this process holds a parameter's state, because it updates it. Default: all of them.</summary>
    internal Func<string, bool> Holds { get; set; } = _ => true;

    /// <summary>The names of all state, also of what another process holds, with the parameters that they belong to; ordinal.</summary>
    internal IReadOnlyList<(string State, string Parameter)> StateNames =>
        [.. Parameters.Keys.SelectMany(name => Moments.Select(moment => ($"{name}.{moment}", name))).OrderBy(state => state.Item1, StringComparer.Ordinal)];

    /// <summary>The type of a parameter's state.</summary>
    internal DType StateType(string parameter) => Parameters[parameter].DType == DType.BFloat16 ? DType.Float32 : Parameters[parameter].DType;

    /// <summary>State tensors by name, <c>parameter.moment</c>.</summary>
    public IReadOnlyDictionary<string, Tensor> State => _state;

    /// <summary>The parameters by name.</summary>
    protected IReadOnlyDictionary<string, Tensor> Parameters { get; }

    /// <summary>The lower halves of parameters, by the parameter's name.</summary>
    protected internal IReadOnlyDictionary<string, Tensor> Residues { get; }

    /// <summary>Where bfloat16 parameters without residue are rounded at random, by what; else null.</summary>
    protected ulong? RoundingSeed { get; }

    /// <summary>Weight decay.</summary>
    protected double WeightDecay { get; }

    /// <summary>Which parameters decay.</summary>
    protected Func<string, bool> Decays { get; }

    /// <summary>The optimizer a recipe asks for.</summary>
    /// <param name="settings">Kind and constants.</param>
    /// <param name="policy">The model; what is trained of it is updated.</param>
    /// <param name="seed">Of stochastic rounding. Default: 0.</param>
    /// <returns>The optimizer, at step 0.</returns>
    public static Optimizer For(TrainingSettings settings, Decoder policy, ulong seed = 0)
    {
        var whole = policy.Training.Parameters;
        if (policy.Training.Shards is not { } shards)
        {
            return For(settings, whole, policy.Weights.Residues, seed);
        }

        var optimizer = For(settings, shards.Pieces, shards.ResiduePieces, seed, name => whole[name].Rank);
        optimizer.Holds = name => shards.Pieces[name].ElementCount > 0;
        return optimizer;
    }

    /// <summary>The optimizer a recipe asks for.</summary>
    /// <param name="settings">Kind and constants.</param>
    /// <param name="parameters">Names and tensors.</param>
    /// <param name="residues">The lower halves of bfloat16 parameters. Default: none.</param>
    /// <param name="seed">Of stochastic rounding. Default: 0.</param>
    /// <returns>The optimizer, at step 0.</returns>
    public static Optimizer For(TrainingSettings settings, IReadOnlyDictionary<string, Tensor> parameters, IReadOnlyDictionary<string, Tensor>? residues = null, ulong seed = 0) =>
        For(settings, parameters, residues, seed, name => parameters[name].Rank);

    private static Optimizer For(TrainingSettings settings, IReadOnlyDictionary<string, Tensor> parameters, IReadOnlyDictionary<string, Tensor>? residues, ulong seed, Func<string, int> rankOf)
    {
        // Whatever a family calls them, biases and norms are the parameters with one dimension.
        Func<string, bool>? decays = settings.DecayBiasesAndNorms ? null : name => rankOf(name) > 1;
        ulong? rounding = settings.Masters == MasterKind.Stochastic ? seed : null;
        return settings.Optimizer switch
        {
            OptimizerKind.AdamW => new AdamW(parameters, settings.AdamBeta1, settings.AdamBeta2, settings.Epsilon, settings.WeightDecay, decays, residues, rounding),
            OptimizerKind.RmsProp => new RmsProp(parameters, settings.RmsPropAlpha, settings.Epsilon, settings.WeightDecay, decays, residues, rounding),
            _ => throw new ArgumentOutOfRangeException(nameof(settings), settings.Optimizer, "unknown optimizer"),
        };
    }

    /// <summary>Updates every parameter that has a gradient. Gradients are kept; clear them afterwards.</summary>
    /// <param name="learningRate">The step's learning rate.</param>
    /// <param name="gradientScale">Gradients count times this, which is how they are clipped. Default: 1.</param>
    /// <param name="gradients">A parameter's gradient by name. Default: its own.</param>
    public void Step(double learningRate, double gradientScale = 1, Func<string, Tensor?>? gradients = null)
    {
        BeginStep();
        Advance(Parameters.Keys, learningRate, gradientScale, gradients ?? (name => Parameters[name].Grad()));
    }

    /// <summary>Counts a step whose parameters are then updated a few at a time; see <see cref="Advance"/>.</summary>
    internal void BeginStep() => StepsDone++;

    /// <summary>Updates some of the parameters, those that have a gradient. In one step each is updated once, and all of them together as <see cref="Step"/> would.</summary>
    /// <param name="names">The parameters.</param>
    /// <param name="learningRate">The step's learning rate.</param>
    /// <param name="gradientScale">Gradients count times this.</param>
    /// <param name="gradients">A parameter's gradient by name.</param>
    internal void Advance(IEnumerable<string> names, double learningRate, double gradientScale, Func<string, Tensor?> gradients)
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        var changing = new List<(string, Tensor, Tensor)>();
        foreach (var name in names)
        {
            if (gradients(name) is { } gradient)
            {
                changing.Add((name, Parameters[name], gradient));
            }
        }

        Update(changing, learningRate, gradientScale);
    }

    /// <summary>Puts back a saved state.</summary>
    /// <param name="stepsDone">Updates done when it was saved.</param>
    /// <param name="state">The saved tensors; copied.</param>
    public void Restore(long stepsDone, IReadOnlyDictionary<string, Tensor> state)
    {
        BeginRestore(stepsDone);
        foreach (var (name, tensor) in state)
        {
            Restore(name, tensor.Clone());
        }
    }

    /// <summary>Begins to put back a saved state, tensor by tensor, so that it is never there twice.</summary>
    /// <param name="stepsDone">Updates done when it was saved.</param>
    internal void BeginRestore(long stepsDone)
    {
        StepsDone = stepsDone;
        Dispose();
    }

    /// <summary>Puts back a tensor of a saved state.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="tensor">The tensor; taken over.</param>
    internal void Restore(string name, Tensor tensor) => _state.Add(name, TensorScope.Detach(tensor));

    /// <summary>Frees the state.</summary>
    public void Dispose()
    {
        foreach (var tensor in _state.Values)
        {
            tensor.Dispose();
        }

        _state.Clear();
        GC.SuppressFinalize(this);
    }

    /// <summary>The names of the state tensors that every parameter has: mean and mean square of the gradient, or the latter alone. Default: none.</summary>
    protected virtual IReadOnlyList<string> Moments => [];

    /// <summary>
    /// Makes the state of all parameters, zeros, if it is not there. Called before the first forward pass: made after it, what stays for the whole run would lie scattered among
    /// activations that come and go, and a heap of such holes is larger than what is in use.
    /// </summary>
    public void Prepare()
    {
        foreach (var (name, parameter) in Parameters.Where(parameter => Holds(parameter.Key)))
        {
            foreach (var moment in Moments)
            {
                StateOf(name, moment, parameter);
            }
        }
    }

    /// <summary>Updates parameters in place. Runs without recording, in a scope.</summary>
    /// <param name="parameters">Names, values and gradients of the same shape.</param>
    /// <param name="learningRate">The step's learning rate.</param>
    /// <param name="gradientScale">Gradients count times this.</param>
    protected abstract void Update(IReadOnlyList<(string Name, Tensor Values, Tensor Gradient)> parameters, double learningRate, double gradientScale);

    /// <summary>A parameter with all that its update needs.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">The parameter.</param>
    /// <param name="gradient">Of the same shape.</param>
    /// <returns>For <see cref="FusedOptimizer"/>; the state is zero when first asked for.</returns>
    protected UpdatedTensor Updated(string name, Tensor values, Tensor gradient)
    {
        var first = Moments is [var mean, _] ? StateOf(name, mean, values) : null;
        return new UpdatedTensor(values, gradient, first, StateOf(name, Moments[^1], values))
        {
            Number = _numbers[name],
            Decay = Decays(name) ? WeightDecay : 0,
            Residue = Residues.GetValueOrDefault(name),
        };
    }

    private Tensor StateOf(string name, string moment, Tensor like)
    {
        var key = $"{name}.{moment}";
        if (!_state.TryGetValue(key, out var tensor))
        {
            tensor = TensorScope.Detach(Tensor.Zeros(like.Shape, StateType(name), like.Device));
            _state.Add(key, tensor);
        }

        return tensor;
    }
}
