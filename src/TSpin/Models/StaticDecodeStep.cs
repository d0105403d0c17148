using TSpin.Torch;

namespace TSpin.Models;

/// <summary>
/// One new token for each of a fixed number of rows, looking at a fixed number of slots of the key-value cache: the same operations on the same memory every
/// time, whatever the tokens and their positions, and nothing that waits for the device in between, so that a <see cref="CudaGraph"/> can record it. Which slots a row sees
/// follows on the device from its position. Rows that are not in use read token 0 at position 0, in rows of the cache that nobody uses yet.
/// </summary>
internal sealed class StaticDecodeStep : IDisposable
{
    private readonly Decoder _model;
    private readonly KeyValueCache _cache;
    private readonly long _rows;
    private readonly long _slots;
    private readonly Tensor _inputs;         // int64 [2, N]: tokens, positions
    private readonly Tensor _tokens;         // int64 [N, 1], a view
    private readonly Tensor _positions;      // int64 [N, 1], a view
    private readonly Tensor _keyPositions;   // int64 [1, S]
    private readonly Tensor _logits;         // [N, V], a view
    private readonly Dictionary<RotaryEmbedding, Tensor> _frequencies;   // float32 [N, 1, R / 2] of those that depend on the length

    /// <param name="model">The model.</param>
    /// <param name="cache">Its tokens so far; stays the caller's.</param>
    /// <param name="rows">N, at most the cache's.</param>
    /// <param name="slots">S, at most the cache's capacity; more than any position.</param>
    /// <param name="logits">[N or more, V] in the model's compute type: receives the results. Stays the caller's; steps may share it.</param>
    public StaticDecodeStep(Decoder model, KeyValueCache cache, long rows, long slots, Tensor logits)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, cache.Rows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(slots, cache.Capacity);
        (_model, _cache, _rows, _slots) = (model, cache, rows, slots);
        using var scope = new TensorScope();
        _inputs = TensorScope.Detach(Tensor.Zeros([2, rows], DType.Int64, model.Device));
        _tokens = TensorScope.Detach(_inputs.Select(0, 0).Unsqueeze(-1));
        _positions = TensorScope.Detach(_inputs.Select(0, 1).Unsqueeze(-1));
        _keyPositions = TensorScope.Detach(Tensor.Range(slots, DType.Int64, model.Device).Unsqueeze(0));
        _logits = TensorScope.Detach(logits.Narrow(0, 0, rows));
        _frequencies = model.Rotaries.Where(rotary => rotary.DependsOnLength).ToDictionary(
            rotary => rotary, rotary => TensorScope.Detach(Tensor.Zeros([rows, 1, rotary.Pairs], DType.Float32, model.Device)));
    }

    /// <summary>Says what the next <see cref="Logits"/> reads.</summary>
    /// <param name="ids">Token ids of the rows in use, the cache's first ones.</param>
    /// <param name="positions">Their positions, which are their slots in the cache.</param>
    /// <exception cref="TSpinException">A position that the model has not learned.</exception>
    public void Set(long[] ids, long[] positions)
    {
        var longest = positions.Max() + 1;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(longest, _slots);
        _model.RequirePositions(longest);
        var inputs = new long[2 * _rows];   // zeros for rows that are not in use
        ids.CopyTo(inputs, 0);
        positions.CopyTo(inputs, _rows);
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        _inputs.CopyFrom(Tensor.From<long>(inputs, [2, _rows]));
        foreach (var (rotary, frequencies) in _frequencies)
        {
            long[] lengths = [.. inputs[(int)_rows..].Select(position => position + 1)];
            frequencies.CopyFrom(Tensor.From<float>(rotary.FrequenciesOf(lengths), [_rows, 1, rotary.Pairs]));
        }
    }

    /// <summary>Reads the tokens that were set: stores their keys and values in the cache, and may be repeated without harm.</summary>
    /// <returns>The logits' first N rows, of which those that are not in use mean nothing. Without gradients.</returns>
    public Tensor Logits()
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        _cache.Used = _slots;
        var pass = new ForwardPass(new AttentionLayout(_positions, _keyPositions), _cache, _model.ComputeType, _frequencies);
        _logits.CopyFrom(_model.Logits(_model.HiddenOf(_tokens, pass).Squeeze(1)));
        return scope.Keep(_logits.Alias());
    }

    public void Dispose()
    {
        foreach (var tensor in _frequencies.Values.Concat([_tokens, _positions, _inputs, _keyPositions, _logits]))
        {
            tensor.Dispose();
        }
    }
}
