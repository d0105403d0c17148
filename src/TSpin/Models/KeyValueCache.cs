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
    public long Rows { get; }

    /// <summary>Positions per sequence.</summary>
    public long Capacity { get; }

    /// <summary>Slots in use: attention looks at the first this many. Set it before each forward pass.</summary>
    public long Used { get; set; }

    /// <summary>Stores new tokens of one block and returns all that are in use, for the first N rows.</summary>
    /// <param name="layer">The block.</param>
    /// <param name="positions">int64 [N or 1, T]: slot of every new token.</param>
    /// <param name="keys">[N, KV heads, T, D].</param>
    /// <param name="values">[N, KV heads, T, D].</param>
    /// <returns>Keys and values [N, KV heads, Used, D], views of the cache.</returns>
    public (Tensor Keys, Tensor Values) Store(int layer, Tensor positions, Tensor keys, Tensor values)
    {
        var shape = keys.Shape;
        var index = positions.Unsqueeze(1).Unsqueeze(-1).Expand(shape);
        return (Stored(_keys[layer], keys), Stored(_values[layer], values));

        Tensor Stored(Tensor all, Tensor added)
        {
            var rows = all.Narrow(0, 0, shape[0]);
            rows.Scatter(2, index, added);
            return rows.Narrow(2, 0, Used);
        }
    }

    /// <summary>Stores whole sequences of one block that lie packed in one row of tokens, each from slot 0 of a row of its own.</summary>
    /// <param name="layer">The block.</param>
    /// <param name="segments">Where the sequences lie.</param>
    /// <param name="rows">Row of the cache for each of them.</param>
    /// <param name="keys">[1, KV heads, T, D].</param>
    /// <param name="values">[1, KV heads, T, D].</param>
    public void Store(int layer, IReadOnlyList<PackedSegment> segments, IReadOnlyList<long> rows, Tensor keys, Tensor values)
    {
        using var scope = new TensorScope();
        foreach (var (all, added) in new[] { (_keys[layer], keys.Squeeze(0)), (_values[layer], values.Squeeze(0)) })
        {
            foreach (var (segment, row) in segments.Zip(rows))
            {
                all.Select(0, row).Narrow(1, 0, segment.Length).CopyFrom(added.Narrow(1, segment.Start, segment.Length));
            }
        }
    }

    /// <summary>All slots of one block.</summary>
    /// <param name="layer">The block.</param>
    /// <returns>Keys and values [Rows, KV heads, Capacity, D]; the cache's own.</returns>
    internal (Tensor Keys, Tensor Values) Of(int layer) => (_keys[layer], _values[layer]);

    /// <summary>Copies one row's sequence over another's.</summary>
    /// <param name="from">The row to copy.</param>
    /// <param name="to">The row to replace.</param>
    /// <param name="length">Tokens of the sequence.</param>
    public void CopyRow(long from, long to, long length)
    {
        using var scope = new TensorScope();
        foreach (var all in _keys.Concat(_values))
        {
            all.Select(0, to).Narrow(1, 0, length).CopyFrom(all.Select(0, from).Narrow(1, 0, length));
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
