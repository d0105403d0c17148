using TSpin.Torch;

namespace TSpin.Models;

/// <summary>
/// The shape of a decoder-only transformer, read from a Hugging Face <c>config.json</c>. Families are differences in these values,
/// not copies of the code.
/// </summary>
public sealed record DecoderConfig
{
    /// <summary><c>model_type</c>, for example <c>llama</c>.</summary>
    public required string Family { get; init; }

    /// <summary>Rows of the embedding, V.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of the residual stream, H.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width inside the feed-forward block.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Number of blocks.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Query heads per block.</summary>
    public required int HeadCount { get; init; }

    /// <summary>Key and value heads per block; divides <see cref="HeadCount"/>.</summary>
    public required int KeyValueHeadCount { get; init; }

    /// <summary>Width of one head, D; even.</summary>
    public required int HeadDimension { get; init; }

    /// <summary>Longest sequence the model was trained for, in tokens.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>Longest sequence to generate, in tokens: <see cref="MaxPositions"/>, and as many times more as a dynamic rotary embedding is meant to stretch.</summary>
    public int LongestSequence => Ropes.OfType<RopeSettings>().Select(rope => rope.Scaling).OfType<DynamicRope>().FirstOrDefault() is { Factor: > 1 } dynamic
        ? (int)Math.Min(MaxPositions * dynamic.Factor, int.MaxValue)
        : MaxPositions;

    /// <summary>Added to the mean square or variance in every norm.</summary>
    public required double NormEpsilon { get; init; }

    /// <summary>Rotary embedding of each block, one entry per block; null where a block does not know positions. See <see cref="RopeSettings.Everywhere"/>.</summary>
    public required RopeSettings?[] Ropes { get; init; }

    /// <summary>True when the output head is the embedding.</summary>
    public required bool TieEmbeddings { get; init; }

    /// <summary>Biases on the query, key and value projections.</summary>
    public bool QueryKeyValueBias { get; init; }

    /// <summary>Bias on the attention output projection.</summary>
    public bool AttentionOutputBias { get; init; }

    /// <summary>Biases on the feed-forward projections.</summary>
    public bool FeedForwardBias { get; init; }

    /// <summary>The parts of the model and their names. Default: those of Llama.</summary>
    public ModuleNames Modules { get; init; } = ModuleNames.Llama;

    /// <summary>The norms. Default: root mean square.</summary>
    public NormKind Norm { get; init; } = NormKind.RootMeanSquare;

    /// <summary>Where queries and keys are normalized: every head for itself (true), or all heads as one row. Default: every head.</summary>
    public bool QueryKeyNormPerHead { get; init; } = true;

    /// <summary>The function inside the feed-forward. Default: silu.</summary>
    public Activation Activation { get; init; } = Activation.Silu;

    /// <summary>Rows of the fused query-key-value projection: (q, k, v) of every head in turn (true), or all q, all k, all v. Default: the latter.</summary>
    public bool InterleavedQueryKeyValue { get; init; }

    /// <summary>Projection weights of the blocks are stored [in, out], as GPT-2's Conv1D does. Default: [out, in].</summary>
    public bool TransposedProjections { get; init; }

    /// <summary>Attention and feed-forward both read the block's input (true), or the feed-forward reads attention's result. Default: the latter.</summary>
    public bool ParallelResidual { get; init; }

    /// <summary>Attention scores are query x key times this. Default: 1 / sqrt(<see cref="HeadDimension"/>).</summary>
    public double? AttentionScale { get; init; }

    /// <summary>Scores of block l are also divided by l + 1, as some GPT-2 checkpoints ask.</summary>
    public bool AttentionScaleByLayer { get; init; }

    /// <summary>Attention scores s become c tanh(s / c) with this c. Default: unbounded.</summary>
    public double? AttentionSoftCap { get; init; }

    /// <summary>Logits z become c tanh(z / c) with this c. Default: unbounded.</summary>
    public double? LogitSoftCap { get; init; }

    /// <summary>Embeddings are multiplied by this. Default: 1.</summary>
    public double EmbeddingScale { get; init; } = 1;

    /// <summary>What attention and feed-forward add is multiplied by this. Default: 1.</summary>
    public double ResidualScale { get; init; } = 1;

    /// <summary>Logits are divided by this. Default: 1.</summary>
    public double LogitDivisor { get; init; } = 1;

    /// <summary>
    /// Sliding window of each block: a token sees itself and the window - 1 tokens before it; null sees everything before.
    /// One entry per block.
    /// </summary>
    public required int?[] Windows { get; init; }

    /// <summary>Token ids that end a sequence: those of generation_config.json, else those of config.json.</summary>
    public int[] EosIds { get; init; } = [];

    /// <summary>What names <see cref="EosIds"/>: a file, or the family where no file does.</summary>
    public string EosSource { get; init; } = DecoderConfigReader.FileName;

    /// <summary>Token id that begins a sequence, if the model has one.</summary>
    public int? BosId { get; init; }

    /// <summary>Standard deviation of the initial weights when a model is made from nothing. Default: 0.02.</summary>
    public double InitializerDeviation { get; init; } = 0.02;

    /// <summary>The type the checkpoint says it is stored in; what is written back.</summary>
    public DType StoredType { get; init; } = DType.Float32;

    /// <summary>
    /// Does a cache of keys and values made for a sequence still serve when it has grown? Where rotary frequencies change with the length,
    /// every block's keys and values change with them, and all tokens must be read again.
    /// </summary>
    /// <param name="before">Tokens when the cache was made.</param>
    /// <param name="after">Tokens now.</param>
    /// <returns>True for all but growing dynamic and longrope embeddings.</returns>
    public bool CacheSurvives(long before, long after) => Ropes.All(rope => rope?.Scaling?.SameFrequencies(before, after) ?? true);

    /// <summary>Number of parameters, the tied head counted once.</summary>
    public long ParameterCount => ParameterShapes.Of(this).Sum(parameter => parameter.ElementCount);
}
