using TSpin.Torch;

namespace TSpin.Models;

/// <summary>
/// The shape of a decoder-only transformer, read from a Hugging Face <c>config.json</c>. Families are differences in these values,
/// not copies of the code.
/// </summary>
public sealed record DecoderConfig
{
    /// <summary><c>model_type</c>: llama, mistral or qwen2.</summary>
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

    /// <summary>Added to the mean square in every norm.</summary>
    public required double NormEpsilon { get; init; }

    /// <summary>Base of the rotary frequencies.</summary>
    public required double RopeTheta { get; init; }

    /// <summary>True when the output head is the embedding.</summary>
    public required bool TieEmbeddings { get; init; }

    /// <summary>Biases on the query, key and value projections.</summary>
    public bool QueryKeyValueBias { get; init; }

    /// <summary>Bias on the attention output projection.</summary>
    public bool AttentionOutputBias { get; init; }

    /// <summary>Biases on the three feed-forward projections.</summary>
    public bool FeedForwardBias { get; init; }

    /// <summary>
    /// Sliding window of each block: a token sees itself and the window - 1 tokens before it; null sees everything before.
    /// One entry per block.
    /// </summary>
    public required int?[] Windows { get; init; }

    /// <summary>Token ids that end a sequence: those of config.json, then those that only generation_config.json names.</summary>
    public int[] EosIds { get; init; } = [];

    /// <summary>Token id that begins a sequence, if the model has one.</summary>
    public int? BosId { get; init; }

    /// <summary>Standard deviation of the initial weights when a model is made from nothing. Default: 0.02.</summary>
    public double InitializerDeviation { get; init; } = 0.02;

    /// <summary>The type the checkpoint says it is stored in; what is written back.</summary>
    public DType StoredType { get; init; } = DType.Float32;

    /// <summary>Number of parameters, the tied head counted once.</summary>
    public long ParameterCount => ParameterShapes.Of(this).Sum(parameter => parameter.Shape.Aggregate(1L, (product, size) => product * size));
}
