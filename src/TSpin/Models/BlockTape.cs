using TSpin.Torch;

namespace TSpin.Models;

/// <summary>
/// The inputs of all blocks of one forward pass, from which backward computes the blocks again, the last one first; or the record of each block by itself, where its parameters come and go.
/// </summary>
internal sealed class BlockTape : IDisposable
{
    private readonly DecoderBlock[] _blocks;
    private readonly ForwardPass _pass;
    private readonly Tensor _embedded;
    private readonly Tensor[] _inputs;
    private readonly Tensor[]? _outputs;
    private readonly WeightShards? _shards;

    /// <summary>Runs the blocks and keeps their inputs alone.</summary>
    /// <param name="blocks">The blocks.</param>
    /// <param name="pass">What they share.</param>
    /// <param name="embedded">What the first one reads, [N, T, H], with the graph behind it.</param>
    /// <param name="keeps">Whether the blocks' activations are kept too, so that nothing is computed again.</param>
    /// <param name="shards">Where the parameters of a block are there only while it computes, or null.</param>
    public BlockTape(DecoderBlock[] blocks, ForwardPass pass, Tensor embedded, bool keeps, WeightShards? shards)
    {
        (_blocks, _pass, _embedded, _shards) = (blocks, pass, TensorScope.Detach(embedded), shards);
        _outputs = keeps ? new Tensor[blocks.Length] : null;
        _inputs = new Tensor[blocks.Length];
        // Recorded, though each record is dropped at once: what is not recorded may be computed with other kernels, whose sums are rounded otherwise than those of backward.
        using var on = GradMode.On();
        var hidden = TensorScope.Detach(embedded.Detach());
        for (var layer = 0; layer < blocks.Length; layer++)
        {
            using var scope = new TensorScope();
            hidden.RequiresGrad = true;
            _inputs[layer] = hidden;
            shards?.NeedBlock(layer);
            var output = blocks[layer].Forward(hidden, pass);
            hidden = TensorScope.Detach(output.Detach());
            if (_outputs is not null)
            {
                _outputs[layer] = TensorScope.Detach(output);
            }

            shards?.LeaveBlock(layer);
        }

        Output = hidden;
        Output.RequiresGrad = true;
    }

    /// <summary>What the last block gives, [N, T, H]: a leaf, whose gradient is where <see cref="Backward"/> begins.</summary>
    public Tensor Output { get; }

    /// <summary>Computes every block again and carries the gradient through it.</summary>
    /// <param name="blockDone">Told a block's number when this pass has given its gradients and does not need its parameters any more. Default: nobody is told.</param>
    /// <param name="takesGradients">Whether the gradients of what the processes share go to their shares. Default: false.</param>
    public void Backward(Action<int>? blockDone = null, bool takesGradients = false)
    {
        using var on = GradMode.On();
        using var outer = new TensorScope();
        if (Output.Grad() is not { } gradient)
        {
            return; // nothing was computed from the output
        }

        for (var layer = _blocks.Length - 1; layer >= 0; layer--)
        {
            using var scope = new TensorScope();
            var input = _inputs[layer];
            _shards?.NeedBlock(layer, isBackward: true);
            if (_outputs is not null)
            {
                _outputs[layer].Backward(gradient);
                _outputs[layer].Dispose();
            }
            else
            {
                _blocks[layer].Forward(input, _pass).Backward(gradient);
            }

            gradient.Dispose();
            gradient = scope.Keep(input.Grad()!);
            input.Dispose();
            _shards?.LeaveBlock(layer);
            if (takesGradients)
            {
                _shards!.TakeBlock(layer);
            }

            blockDone?.Invoke(layer);
        }

        if (_embedded.RequiresGrad)
        {
            _embedded.Backward(gradient);
        }
    }

    public void Dispose()
    {
        _embedded.Dispose();
        Output.Dispose();
        foreach (var input in _inputs.Concat(_outputs ?? []))
        {
            input.Dispose();
        }
    }
}
