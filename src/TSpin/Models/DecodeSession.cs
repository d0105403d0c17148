using TSpin.Torch;

namespace TSpin.Models;

/// <summary>
/// Sequences that grow by a token at a time: their keys and values, and the quickest way from newest tokens to logits. The weights may change between steps, as when a policy answers within
/// training: what was made of the old ones is made anew.
/// </summary>
public sealed class DecodeSession : IDisposable
{
    private readonly Decoder _model;
    private readonly bool _packs;

    /// <summary>Begins with empty rows.</summary>
    /// <param name="model">The model; stays the caller's.</param>
    /// <param name="rows">Sequences at once, N.</param>
    /// <param name="capacity">Positions per sequence.</param>
    /// <param name="packs">
    /// Takes as much memory again as the weights have, or three quarters of it in bfloat16 with AVX-512, to make steps of up to 128 rows faster, where that can be; the results are the same. The
    /// model keeps the copy for later sessions until its weights change or are trained; while they are trained there is none. Default: false.
    /// </param>
    public DecodeSession(Decoder model, long rows, long capacity, bool packs = false)
        : this(model, new KeyValueCache(model.Config, rows, capacity, model.ComputeType, model.Device), packs)
    {
    }

    /// <summary>Goes on from keys and values that are there.</summary>
    internal DecodeSession(Decoder model, KeyValueCache cache, bool packs = false) => (_model, Cache, _packs) = (model, cache, packs && model.Weights.Shards is null && !model.Weights.Parameters.Values.Any(parameter => parameter.RequiresGrad));

    /// <summary>Keys and values of the tokens so far.</summary>
    internal KeyValueCache Cache { get; }

    /// <summary>Reads whole sequences, packed into one pass without padding, into rows of their own.</summary>
    /// <param name="sequences">Token ids.</param>
    /// <param name="firstRow">The row of the first one; the others follow.</param>
    /// <returns>The residual stream after the last norm at the last token of each, [n, H].</returns>
    public Tensor Read(IReadOnlyList<IReadOnlyCollection<int>> sequences, int firstRow)
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        var segments = new PackedSegment[sequences.Count];
        var start = 0L;
        foreach (var (n, sequence) in sequences.Index())
        {
            segments[n] = new PackedSegment(start, sequence.Count);
            start += sequence.Count;
        }

        long[] ids = [.. sequences.SelectMany(sequence => sequence)];
        var layout = AttentionLayout.Packed(segments, _model.Device, [.. Enumerable.Range(firstRow, sequences.Count)]);
        var hidden = _model.Hidden(Tensor.From<long>(ids, [1, ids.Length], _model.Device), layout, Cache).Squeeze(0);    // (T, H)
        var last = Tensor.From<long>([.. segments.Select(segment => segment.Start + segment.Length - 1)], _model.Device);
        return scope.Keep(hidden.IndexSelect(0, last));
    }

    /// <summary>Reads the newest token of the first N rows: as <see cref="Decoder.Hidden"/> would, but all blocks in one native pass where that can be.</summary>
    /// <param name="ids">N token ids.</param>
    /// <param name="positions">Their positions, which are their slots in the cache.</param>
    /// <returns>The residual stream after the last norm, [N, H] in the compute type. Without gradients.</returns>
    /// <exception cref="TSpinException">A position that the model has not learned.</exception>
    public Tensor Next(long[] ids, long[] positions)
    {
        using var off = GradMode.Off();
        long rows = ids.Length;
        Cache.Used = positions.Max() + 1;
        _model.RequirePositions(Cache.Used);
        var newest = Tensor.From<long>(positions, [rows, 1], _model.Device);
        var layout = new AttentionLayout(newest, Tensor.Range(Cache.Used, DType.Int64, _model.Device).Unsqueeze(0), newest + 1);
        var tokens = Tensor.From<long>(ids, [rows, 1], _model.Device);
        var pass = new ForwardPass(layout, Cache, _model.ComputeType);
        return Blocks() is { } blocks ? _model.HiddenOf(tokens, pass, blocks, positions) : _model.HiddenOf(tokens, pass).Squeeze(1);
    }

    /// <summary>Scores of every token of the vocabulary.</summary>
    /// <param name="hidden">[N, H], from <see cref="Next"/> or <see cref="Read"/>.</param>
    /// <returns>[N, V] in the compute type. Without gradients.</returns>
    /// <exception cref="TSpinException">The model has no output head.</exception>
    public Tensor Logits(Tensor hidden)
    {
        using var off = GradMode.Off();
        return _model.Logits(hidden, _packs ? Blocks()?.Logits(hidden) : null);
    }

    /// <summary>Copies one row's sequence over another's.</summary>
    /// <param name="from">The row to copy.</param>
    /// <param name="to">The row to replace.</param>
    /// <param name="length">Tokens of the sequence.</param>
    public void CopyRow(long from, long to, long length) => Cache.CopyRow(from, to, length);

    /// <summary>Frees keys and values.</summary>
    public void Dispose() => Cache.Dispose();

    private DecodeBlocks? Blocks()
    {
        var blocks = _model.DecodeBlocks();
        if (_packs)
        {
            blocks?.Pack();
        }

        return blocks;
    }
}
