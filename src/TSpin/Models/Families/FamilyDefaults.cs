namespace TSpin.Models.Families;

/// <summary>What a config.json means where it is silent: the defaults of the family's configuration class in transformers 5.</summary>
internal sealed record FamilyDefaults
{
    public int VocabularySize { get; init; } = 32000;

    public int HiddenSize { get; init; } = 4096;

    public int IntermediateSize { get; init; } = 11008;

    public int LayerCount { get; init; } = 32;

    public int HeadCount { get; init; } = 32;

    /// <summary>Null: as many as query heads.</summary>
    public int? KeyValueHeadCount { get; init; }

    /// <summary>Null: hidden size / heads.</summary>
    public int? HeadDimension { get; init; }

    public int MaxPositions { get; init; } = 2048;

    public double NormEpsilon { get; init; } = 1e-6;

    public double RopeTheta { get; init; } = 10000;

    /// <summary>The part of every head that is turned; null where the family turns whole heads and has no option for it.</summary>
    public double? PartialRotaryFactor { get; init; }

    /// <summary><c>original_max_position_embeddings</c>, for a family whose class has a default for it.</summary>
    public int? OriginalPositions { get; init; }

    public bool TieEmbeddings { get; init; }

    public string Activation { get; init; } = "silu";

    public int? BosId { get; init; } = 1;

    public int? EosId { get; init; } = 2;
}
