using TSpin.Torch;

namespace TSpin.Models;

/// <summary>A decoder's training: what of it changes, where the gradients are, and the way back through blocks that are computed again.</summary>
public sealed class DecoderTraining
{
    private readonly Decoder _model;
    private readonly Dictionary<string, Tensor> _sums = new(StringComparer.Ordinal); // their gradients are those of narrow parameters, summed in float32
    private readonly List<BlockTape> _tapes = [];

    internal DecoderTraining(Decoder model) => _model = model;

    /// <summary>
    /// True to keep only the input of every block in a forward pass with gradients, and to compute a block again when backward comes to it (Chen et al. 2016, arXiv 1604.06174): activations of
    /// one block in place of all, for about a third more arithmetic, and the same gradients. <see cref="FinishBackward()"/> must follow backward, while the layout's tensors live. Default: false.
    /// </summary>
    public bool RecomputesBlocks { get; set; }

    /// <summary>
    /// True to record every block of a forward pass with gradients by itself, so that backward goes from block to block and says which gradients are whole: the same gradients. Always so where
    /// blocks are computed again, and where processes share what a block has. <see cref="FinishBackward()"/> must follow backward. Default: false.
    /// </summary>
    internal bool StopsAtBlocks
    {
        get => field || RecomputesBlocks || _model.Weights.Shards is not null;
        set;
    }

    /// <summary>The parameters that change: the adapter's where there is one, else all.</summary>
    public IReadOnlyDictionary<string, Tensor> Parameters => _model.Adapter?.Parameters ?? _model.Weights.Parameters;

    /// <summary>Where processes share what is trained: an adapter is not, its base may be.</summary>
    internal WeightShards? Shards => _model.Adapter is null ? _model.Weights.Shards : null;

    /// <summary>Turns gradients for what is trained on or off. float32 parameters that are computed with in bfloat16 are kept in two halves from then on (<see cref="DecoderWeights.Residues"/>).</summary>
    /// <param name="required">True to train.</param>
    /// <exception cref="TSpinException">The adapter asks for what training here does not do.</exception>
    public void RequireGradients(bool required)
    {
        _model.FreeDecodeBlocks();
        if (required)
        {
            _model.Adapter?.RequireTrainable();
        }

        if (required && _model is { Adapter: null } && _model.ComputeType == DType.BFloat16)
        {
            _model.Weights.Split();
        }

        Shards?.RequireGradients(required);

        foreach (var parameter in Parameters.Values)
        {
            parameter.RequiresGrad = required;
        }
    }

    /// <summary>Overwrites something that is trained.</summary>
    /// <param name="name">A name of <see cref="Parameters"/>.</param>
    /// <param name="values">Of its shape.</param>
    public void Assign(string name, Tensor values)
    {
        if (_model.Adapter is not { } adapter)
        {
            _model.Weights.Assign(name, values);
            return;
        }

        using var off = GradMode.Off();
        adapter.Parameters[name].Detach().CopyFrom(values);
    }

    /// <summary>Carries backward on through the blocks at which it stopped; after <see cref="Tensor.Backward()"/> of whatever was computed from <see cref="Decoder.Hidden"/>. Nothing to do where backward does not stop at blocks.</summary>
    public void FinishBackward() => FinishBackward(null);

    /// <summary>As the other, and says on the way which gradients are there to stay.</summary>
    /// <param name="whole">
    /// Told names of <see cref="Parameters"/> whose <see cref="GradientSoFar"/> is whole, and whose values backward needs no more, so that they may change: what follows the blocks, then each
    /// block, the last one first. Each name at most once; what precedes the blocks is never told, its gradients are whole when this returns. Null tells nobody.
    /// </param>
    internal void FinishBackward(Action<IReadOnlyList<string>>? whole)
    {
        _model.Weights.Shards?.LeaveAfter(takesGradients: Shards is not null);
        if (Shards is not null)
        {
            _tapes.ForEach(tape => tape.Backward(takesGradients: true));
            Shards.TakeBefore();
        }
        else if (whole is null)
        {
            _tapes.ForEach(tape => tape.Backward());
        }
        else if (_tapes.Count > 0)
        {
            var modules = _model.Config.Modules;
            var ofBlock = Parameters.Keys.Where(name => modules.BlockOf(name) is not null).ToLookup(name => modules.BlockOf(name)!.Value);
            whole([.. Parameters.Keys.Where(modules.IsAfterBlocks)]);
            // Every forward pass adds to a block's gradients: the last of them makes them whole.
            foreach (var tape in _tapes[..^1])
            {
                tape.Backward();
            }

            _tapes[^1].Backward(layer => whole([.. ofBlock[layer]]));
        }

        DropTapes();
    }

    /// <summary>The gradient of something that is trained, wherever backward left it.</summary>
    /// <param name="name">A name of <see cref="Parameters"/>.</param>
    /// <returns>Of the parameter's shape, in its type, the compute type or float32; null where there is none.</returns>
    /// <exception cref="InvalidOperationException">Backward is not finished; see <see cref="FinishBackward()"/>.</exception>
    public Tensor? Gradient(string name) => Shards is not null ? Shards.GradientPiece(name) : _tapes.Count > 0 ? throw new InvalidOperationException("backward is not finished: call FinishBackward first")
        : GradientSoFar(name);

    /// <summary>As <see cref="Gradient"/>, also before <see cref="FinishBackward()"/> is done.</summary>
    internal Tensor? GradientSoFar(string name) => Parameters[name].Grad() ?? (_sums.TryGetValue(name, out var sum) ? sum.Grad() : null);

    /// <summary>Forgets all gradients.</summary>
    public void ClearGradients()
    {
        DropTapes();
        Shards?.ClearGradients();
        foreach (var tensor in Parameters.Values.Concat(_sums.Values))
        {
            tensor.ClearGrad();
        }
    }

    /// <summary>Forgets one gradient, also before <see cref="FinishBackward()"/> is done.</summary>
    internal void ClearGradient(string name)
    {
        Parameters[name].ClearGrad();
        _sums.GetValueOrDefault(name)?.ClearGrad();
    }

    /// <summary>Adds up gradients of bfloat16 parameters in float32, so that those of many passes add up exactly.</summary>
    public void WidenGradients() => WidenGradients(Parameters.Keys);

    /// <summary>The same for some of the parameters, also before <see cref="FinishBackward()"/> is done.</summary>
    internal void WidenGradients(IEnumerable<string> names)
    {
        if (Shards is not null)
        {
            return; // those of shares are wide
        }

        var narrow = names.Select(name => KeyValuePair.Create(name, Parameters[name])).Where(parameter => parameter.Value.DType == DType.BFloat16).ToArray();
        foreach (var (name, _) in narrow.Where(parameter => !_sums.ContainsKey(parameter.Key)))
        {
            _sums.Add(name, TensorScope.Detach(Tensor.Zeros([0], DType.Float32, _model.Device)));
        }

        FusedOptimizer.MoveGradients([.. narrow.Select(parameter => parameter.Value)], [.. narrow.Select(parameter => _sums[parameter.Key])]);
    }

    /// <summary>Runs the blocks of a forward pass so that backward computes them again.</summary>
    /// <param name="blocks">The blocks.</param>
    /// <param name="pass">What they share.</param>
    /// <param name="embedded">What the first one reads, [N, T, H].</param>
    /// <returns>What the last one gives, [N, T, H].</returns>
    internal Tensor Record(DecoderBlock[] blocks, ForwardPass pass, Tensor embedded)
    {
        var tape = new BlockTape(blocks, pass, embedded, keeps: !RecomputesBlocks, _model.Weights.Shards);
        _tapes.Add(tape);
        return tape.Output;
    }

    /// <summary>Frees what is only there for training.</summary>
    internal void Free()
    {
        DropTapes();
        foreach (var sum in _sums.Values)
        {
            sum.Dispose();
        }
    }

    private void DropTapes()
    {
        _tapes.ForEach(tape => tape.Dispose());
        _tapes.Clear();
    }
}
