using TSpin.Torch;

namespace TSpin.Models;

/// <summary>
/// Where the tokens of a forward pass stand and what each may see. A query at position p sees a key at position k when 0 &lt;= k &lt;= p and,
/// in a block with window w, p - k &lt; w; further rules (siblings that share a prompt) can be added as a mask of their own.
/// </summary>
public sealed class AttentionLayout
{
    // Made when first needed, inside the scope of some block, and used by the later ones too.
    private readonly TensorScope? _scope = TensorScope.Current;
    private readonly Dictionary<int, Tensor> _biases = [];
    private Tensor? _lengths;

    /// <summary>Describes a forward pass.</summary>
    /// <param name="positions">Positions of the queries, int64 [N or 1, Tq].</param>
    /// <param name="keyPositions">Positions of the keys, int64 [N or 1, Tk]; -1 hides a key.</param>
    /// <param name="lengths">
    /// Tokens of the sequence that each query is in, int64 [N or 1, Tq or 1]; rotary embeddings that stretch with the sequence need it.
    /// Default: every row ends at its last key.
    /// </param>
    public AttentionLayout(Tensor positions, Tensor keyPositions, Tensor? lengths = null)
    {
        Positions = positions;
        KeyPositions = keyPositions;
        _lengths = lengths;
    }

    /// <summary>Positions of the queries, int64 [N or 1, Tq].</summary>
    public Tensor Positions { get; }

    /// <summary>Prompts and responses of a packed row; null for rows that are sequences of their own.</summary>
    public PackedSegment[]? Segments { get; private init; }

    /// <summary>Row of the cache that receives each packed segment, which then starts at slot 0; null where nothing is packed into a cache.</summary>
    public long[]? CacheRows { get; private init; }

    /// <summary>Positions of the keys, int64 [N or 1, Tk]; -1 hides a key.</summary>
    public Tensor KeyPositions { get; }

    /// <summary>Tokens of the sequence that each query is in, int64 [N or 1, Tq or 1].</summary>
    public Tensor Lengths => _lengths ??= Shared(KeyPositions.Maximum(-1, keep: true) + 1);

    /// <summary>Plain causal attention over rows that start at position 0. Padding on the right needs no mask: nothing looks right.</summary>
    /// <param name="length">Tokens per row, T.</param>
    /// <param name="device">Where the model is.</param>
    /// <param name="rowLengths">Tokens of every row without its padding, N numbers. Default: all of them.</param>
    /// <returns>The layout of [N, T] tokens.</returns>
    public static AttentionLayout Causal(long length, Device device, long[]? rowLengths = null)
    {
        var positions = Tensor.Range(length, DType.Int64, device).Unsqueeze(0);
        return new AttentionLayout(positions, positions, rowLengths is null ? null : Tensor.From(rowLengths, device).Unsqueeze(-1));
    }

    /// <summary>One packed row: prompts once, each followed by its responses, which see the prompt and themselves.</summary>
    /// <param name="segments">Where they lie; they cover the row.</param>
    /// <param name="device">Where the model is.</param>
    /// <param name="cacheRows">For generation: the row of the key-value cache that each segment, all of them prompts, is stored in. Default: no cache.</param>
    /// <returns>The layout of [1, T] tokens; a response's positions continue its prompt's.</returns>
    public static AttentionLayout Packed(IReadOnlyList<PackedSegment> segments, Device device, long[]? cacheRows = null)
    {
        var positions = new long[segments.Sum(segment => segment.Length)];
        var lengths = new long[positions.Length];
        foreach (var segment in segments)
        {
            var first = segment.Parent < 0 ? 0 : segments[(int)segment.Parent].Length;
            for (var i = 0L; i < segment.Length; i++)
            {
                positions[segment.Start + i] = first + i;
                lengths[segment.Start + i] = first + segment.Length;
            }
        }

        var tensor = Tensor.From<long>(positions, [1, positions.Length], device);
        return new AttentionLayout(tensor, tensor, Tensor.From<long>(lengths, [1, lengths.Length], device)) { Segments = [.. segments], CacheRows = cacheRows };
    }

    /// <summary>What is added to the attention scores: 0 where a key is seen, -infinity where not.</summary>
    /// <param name="window">The block's sliding window, or null.</param>
    /// <param name="type">Type of the scores.</param>
    /// <returns>[N or 1, 1, 1, Tq, Tk]; made once per window.</returns>
    public Tensor Bias(int? window, DType type)
    {
        var key = window ?? 0;
        if (!_biases.TryGetValue(key, out var bias))
        {
            var queries = Positions.Unsqueeze(-1);
            var keys = KeyPositions.Unsqueeze(-2);
            var hidden = keys.Greater(queries).LogicalOr(keys.Less(0));
            if (window is { } width)
            {
                hidden = hidden.LogicalOr((queries - keys).GreaterOrEqual(width));
            }

            bias = Shared(Tensor.Zeros(hidden.Shape, type, hidden.Device).MaskedFill(hidden, double.NegativeInfinity).Unsqueeze(1).Unsqueeze(1));
            _biases.Add(key, bias);
        }

        return bias;
    }

    private Tensor Shared(Tensor tensor) => _scope?.Adopt(tensor) ?? TensorScope.Detach(tensor);
}
