namespace TSpin.Torch;

/// <summary>The weights of one decoder block with gated SiLU feed-forward, as <see cref="FusedLayers.Decode"/> reads them; all contiguous and of one type.</summary>
public sealed record DecodeBlockWeights
{
    /// <summary>Norm of what attention reads, [H]; null for none.</summary>
    public Tensor? BeforeAttention { get; init; }

    /// <summary>Query projection, [heads x D, H].</summary>
    public required Tensor Query { get; init; }

    /// <summary>Key projection, [key heads x D, H].</summary>
    public required Tensor Key { get; init; }

    /// <summary>Value projection, [key heads x D, H].</summary>
    public required Tensor Value { get; init; }

    /// <summary>Bias of the queries, [heads x D].</summary>
    public Tensor? QueryBias { get; init; }

    /// <summary>Bias of the keys, [key heads x D].</summary>
    public Tensor? KeyBias { get; init; }

    /// <summary>Bias of the values, [key heads x D].</summary>
    public Tensor? ValueBias { get; init; }

    /// <summary>Norm of the queries: [D] per head, or [heads x D] over all.</summary>
    public Tensor? QueryNorm { get; init; }

    /// <summary>Norm of the keys: [D] per head, or [key heads x D] over all.</summary>
    public Tensor? KeyNorm { get; init; }

    /// <summary>Output projection, [H, heads x D].</summary>
    public required Tensor Output { get; init; }

    /// <summary>Norm of what attention adds, [H].</summary>
    public Tensor? AfterAttention { get; init; }

    /// <summary>Norm of what the feed-forward reads, [H].</summary>
    public Tensor? BeforeFeedForward { get; init; }

    /// <summary>Gate projection, [F, H].</summary>
    public required Tensor Gate { get; init; }

    /// <summary>Up projection, [F, H].</summary>
    public required Tensor Up { get; init; }

    /// <summary>Down projection, [H, F].</summary>
    public required Tensor Down { get; init; }

    /// <summary>Norm of what the feed-forward adds, [H].</summary>
    public Tensor? AfterFeedForward { get; init; }

    /// <summary>What is added to projections, by the projection's weight above; null for nothing. Factors are contiguous and of the weights' type.</summary>
    public IReadOnlyDictionary<Tensor, LowRankUpdate>? Updates { get; init; }

    /// <summary>
    /// Copies of projections as <see cref="FusedLayers.PackWeights"/> makes them, by the projection's weight, which are read in its place; null for none. See <see cref="WithPacked"/>.
    /// </summary>
    internal IReadOnlyDictionary<Tensor, Tensor>? Packed { get; init; }

    /// <summary>The same weights with packed copies of the projections.</summary>
    /// <param name="keep">Told every copy, which is to be disposed when the weights are no longer used.</param>
    /// <returns>The weights.</returns>
    public DecodeBlockWeights WithPacked(Action<Tensor> keep)
    {
        var packed = new Dictionary<Tensor, Tensor>();
        foreach (var weight in new[] { Query, Key, Value, Output, Gate, Up, Down })
        {
            if (!packed.ContainsKey(weight) && FusedLayers.PackWeights(weight) is { } copy)
            {
                keep(TensorScope.Detach(copy));
                packed.Add(weight, copy);
            }
        }

        return this with { Packed = packed };
    }
}
