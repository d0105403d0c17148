using TSpin.Torch;

namespace TSpin.Models;

// Training: which gradients there are, and the way back through blocks that are computed again.
public sealed partial class Decoder
{
    /// <summary>Turns gradients for what is trained on or off. float32 parameters that are computed with in bfloat16 are split into <see cref="Residues"/> and what <see cref="Parameters"/> then holds.</summary>
    /// <param name="required">True to train.</param>
    /// <exception cref="TSpinException">The adapter asks for what training here does not do.</exception>
    public void RequireGradients(bool required)
    {
        ForgetPacked();
        if (required)
        {
            Adapter?.RequireTrainable();
        }

        if (required && Adapter is null && ComputeType == DType.BFloat16)
        {
            Split();
        }

        foreach (var parameter in Trainable.Values)
        {
            parameter.RequiresGrad = required;
        }
    }

    private void Split()
    {
        foreach (var name in Names.Where(name => _parameters[name].DType == DType.Float32))
        {
            using var scope = new TensorScope();
            var (high, low) = Float32Halves.Split(_parameters[name]);
            _parameters[name].Dispose();
            _parameters[name] = TensorScope.Detach(high);
            _residues.Add(name, TensorScope.Detach(low));
        }
    }

    /// <summary>Carries backward on through the blocks whose activations were not kept; after <see cref="Tensor.Backward()"/> of whatever was computed from <see cref="Hidden"/>. Nothing to do without <see cref="RecomputesBlocks"/>.</summary>
    public void FinishBackward() => FinishBackward(null);

    /// <summary>As the other, and says on the way which gradients are there to stay.</summary>
    /// <param name="whole">
    /// Told names of <see cref="Trainable"/> whose <see cref="GradientSoFar"/> is whole, and whose values backward needs no more, so that they may change: what follows the blocks, then each block, the
    /// last one first. Each name at most once; what precedes the blocks is never told, its gradients are whole when this returns. Null tells nobody.
    /// </param>
    internal void FinishBackward(Action<IReadOnlyList<string>>? whole)
    {
        if (whole is null)
        {
            _tapes.ForEach(tape => tape.Backward());
        }
        else if (_tapes.Count > 0)
        {
            var ofBlock = Trainable.Keys.Where(name => Config.Modules.BlockOf(name) is not null).ToLookup(name => Config.Modules.BlockOf(name)!.Value);
            whole([.. Trainable.Keys.Where(Config.Modules.IsAfterBlocks)]);
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
    /// <param name="name">A name of <see cref="Trainable"/>.</param>
    /// <returns>Of the parameter's shape, in its type, the compute type or float32; null where there is none.</returns>
    /// <exception cref="InvalidOperationException">Backward is not finished; see <see cref="FinishBackward()"/>.</exception>
    public Tensor? Gradient(string name) => _tapes.Count > 0 ? throw new InvalidOperationException("backward is not finished: call FinishBackward first")
        : GradientSoFar(name);

    /// <summary>As <see cref="Gradient"/>, also before <see cref="FinishBackward()"/> is done.</summary>
    internal Tensor? GradientSoFar(string name) => Trainable[name].Grad() ?? (_sums.TryGetValue(name, out var sum) ? sum.Grad() : null);

    /// <summary>Forgets all gradients.</summary>
    public void ClearGradients()
    {
        DropTapes();
        foreach (var tensor in Trainable.Values.Concat(_sums.Values))
        {
            tensor.ClearGrad();
        }
    }

    /// <summary>Forgets one gradient, also before <see cref="FinishBackward()"/> is done.</summary>
    internal void ClearGradient(string name)
    {
        Trainable[name].ClearGrad();
        _sums.GetValueOrDefault(name)?.ClearGrad();
    }

    /// <summary>Adds up gradients of bfloat16 parameters in float32, so that those of many passes add up exactly.</summary>
    public void WidenGradients()
    {
        var narrow = Trainable.Where(parameter => parameter.Value.DType == DType.BFloat16).ToArray();
        foreach (var (name, _) in narrow.Where(parameter => !_sums.ContainsKey(parameter.Key)))
        {
            _sums.Add(name, TensorScope.Detach(Tensor.Zeros([0], DType.Float32, Device)));
        }

        FusedOptimizer.MoveGradients([.. narrow.Select(parameter => parameter.Value)], [.. narrow.Select(parameter => _sums[parameter.Key])]);
    }

    private void DropTapes()
    {
        _tapes.ForEach(tape => tape.Dispose());
        _tapes.Clear();
    }
}
