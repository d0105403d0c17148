using TSpin.Torch;

namespace TSpin.Models;

/// <summary>
/// Keys and values of the tokens seen so far, for generation: per block two tensors [N, KV heads, capacity, D]. Slot t of a row holds the
/// token at position t, so rows of different lengths need no padding mask: a slot beyond a row's position is never seen and is
/// overwritten when the row gets there.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] _keys;
    private readonly Tensor[] _values;

    /// <summary>Allocates an empty cache.</summary>
    /// <param name="config">The shape of the model.</param>
    /// <param name="rows">Sequences, N.</param>
    /// <param name="capacity">Positions per sequence.</param>
    /// <param name="type">The model's compute type.</param>
    /// <param name="device">The model's device.</param>
    public KeyValueCache(DecoderConfig config, long rows, long capacity, DType type, Device device)
    {
        long[] shape = [rows, config.KeyValueHeadCount, capacity, config.HeadDimension];
        _keys = [.. Enumerable.Range(0, config.LayerCount).Select(_ => TensorScope.Detach(Tensor.Zeros(shape, type, device)))];
        _values = [.. Enumerable.Range(0, config.LayerCount).Select(_ => TensorScope.Detach(Tensor.Zeros(shape, type, device)))];
        Rows = rows;
        Capacity = capacity;
    }

    /// <summary>Sequences, N.</summary>
    public long Rows { get; private set; }

    /// <summary>Positions per sequence.</summary>
    public long Capacity { get; }

    /// <summary>Slots in use: attention looks at the first this many. Set it before each forward pass.</summary>
    public long Used { get; set; }

    /// <summary>Stores new tokens of one block and returns all that are in use.</summary>
    /// <param name="layer">The block.</param>
    /// <param name="positions">int64 [N or 1, T]: slot of every new token.</param>
    /// <param name="keys">[N, KV heads, T, D].</param>
    /// <param name="values">[N, KV heads, T, D].</param>
    /// <returns>Keys and values [N, KV heads, Used, D], views of the cache.</returns>
    public (Tensor Keys, Tensor Values) Store(int layer, Tensor positions, Tensor keys, Tensor values)
    {
        var shape = keys.Shape;
        var index = positions.Unsqueeze(1).Unsqueeze(-1).Expand(shape);
        _keys[layer].Scatter(2, index, keys);
        _values[layer].Scatter(2, index, values);
        return (_keys[layer].Narrow(2, 0, Used), _values[layer].Narrow(2, 0, Used));
    }

    /// <summary>All slots of one block.</summary>
    /// <param name="layer">The block.</param>
    /// <returns>Keys and values [N, KV heads, Capacity, D]; the cache's own.</returns>
    internal (Tensor Keys, Tensor Values) Of(int layer) => (_keys[layer], _values[layer]);

    /// <summary>Keeps some of the rows, in the given order; the memory of the others is freed.</summary>
    /// <param name="rows">int64 [n], indices of rows.</param>
    public void KeepRows(Tensor rows)
    {
        Rows = rows.Size(0);
        foreach (var side in new[] { _keys, _values })
        {
            for (var layer = 0; layer < side.Length; layer++)
            {
                var old = side[layer];
                side[layer] = TensorScope.Detach(old.IndexSelect(0, rows));
                old.Dispose();
            }
        }
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        foreach (var tensor in _keys.Concat(_values))
        {
            tensor.Dispose();
        }
    }
}
