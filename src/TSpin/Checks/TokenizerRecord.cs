using System.Text.Json.Serialization;

namespace TSpin.Checks;

/// <summary>What another stack's tokenizer made of a list of texts: one entry per text in each list that is there.</summary>
internal sealed record TokenizerRecord
{
    /// <summary>The ids without special tokens added.</summary>
    public required int[][] Ids { get; init; }

    /// <summary>The ids with special tokens added; null for a text where they are the same as <see cref="Ids"/>. Null: not recorded.</summary>
    public int[]?[]? IdsWithSpecial { get; init; }

    /// <summary>The text of <see cref="Ids"/>, nothing left out; null for a text where it was not recorded. Null: not recorded.</summary>
    public string?[]? DecodedIds { get; init; }

    /// <summary>The text of <see cref="IdsWithSpecial"/> with special tokens left out; null for a text where it was not recorded. Null: not recorded.</summary>
    [JsonPropertyName("decoded_skip_special_from_ids_with_special")]
    public string?[]? DecodedWithoutSpecial { get; init; }
}
