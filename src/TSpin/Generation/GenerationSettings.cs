namespace TSpin.Generation;

/// <summary>Section <c>generation</c>: how synthetic and proto-synthetic responses are sampled.</summary>
public sealed record GenerationSettings
{
    /// <summary>Longest response, in tokens. Default 256.</summary>
    public int MaxNewTokens { get; init; } = 256;

    /// <summary>What logits are divided by; 0 takes the most probable token. Default 1.</summary>
    public double Temperature { get; init; } = 1.0;

    /// <summary>Sample from the smallest set of tokens with at least this probability. Default 1, all.</summary>
    public double TopP { get; init; } = 1.0;

    /// <summary>Sample from this many most probable tokens. Default 0, off.</summary>
    public int TopK { get; init; }

    /// <summary>
    /// What becomes of synthetic responses that were cut at <see cref="MaxNewTokens"/>. Default <see
    /// cref="CutResponses.Keep"/>.
    /// </summary>
    public CutResponses CutResponses { get; init; }

    /// <summary>
    /// Whether iterations from the second on train on the synthetic responses of the iteration before as well, as
    /// SPIN's code does. Default false.
    /// </summary>
    public bool MixPrevious { get; init; }

    /// <summary>How many responses are generated at once; does not change them. Default null: as many as fit in half of the free memory, at most 32 on the CPU and 256 on a GPU.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Texts that end a response, besides the model's end-of-sequence tokens. Default none.</summary>
    public ValueList<string> Stop { get; init; } = [];
}
