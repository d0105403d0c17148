using System.Globalization;

namespace TSpin.Models;

/// <summary>
/// The names that a family's checkpoints give to the parts of a decoder, and thereby which parts there are: a part whose name is null
/// is not in the model. Names inside a block lack the block's prefix.
/// </summary>
public sealed record ModuleNames
{
    /// <summary>Llama and most families after it: two norms per block, before attention and before the gated feed-forward.</summary>
    public static readonly ModuleNames Llama = new();

    /// <summary>What all names but the head's begin with; files made from the bare body lack it.</summary>
    public string BodyPrefix { get; init; } = "model.";

    /// <summary>The name of this model as a part of a larger one, whose files are read too. Default: it is part of none.</summary>
    public string? PartOfLarger { get; init; }

    /// <summary>Token embedding, [V, H].</summary>
    public string Embedding { get; init; } = "model.embed_tokens";

    /// <summary>Learned position embedding, [positions, H].</summary>
    public string? Positions { get; init; }

    /// <summary>What the name of block 0 begins with, with <c>#</c> for the block's number.</summary>
    public string Block { get; init; } = "model.layers.#.";

    /// <summary>Norm after the last block.</summary>
    public string FinalNorm { get; init; } = "model.norm";

    /// <summary>Output head, [V, H]; the embedding serves where the two are tied.</summary>
    public string Head { get; init; } = "lm_head";

    /// <summary>Another name that files have for the head, as GPT-NeoX's do. Default: the same.</summary>
    public string? HeadInFiles { get; init; }

    /// <summary>Norm of what attention reads.</summary>
    public string? BeforeAttention { get; init; } = "input_layernorm";

    /// <summary>Norm of what attention adds.</summary>
    public string? AfterAttention { get; init; }

    /// <summary>Norm of what the feed-forward reads.</summary>
    public string? BeforeFeedForward { get; init; } = "post_attention_layernorm";

    /// <summary>Norm of what the feed-forward adds.</summary>
    public string? AfterFeedForward { get; init; }

    /// <summary>Query projection.</summary>
    public string Query { get; init; } = "self_attn.q_proj";

    /// <summary>Key projection.</summary>
    public string Key { get; init; } = "self_attn.k_proj";

    /// <summary>Value projection.</summary>
    public string Value { get; init; } = "self_attn.v_proj";

    /// <summary>One projection in place of the three.</summary>
    public string? QueryKeyValue { get; init; }

    /// <summary>Output projection of attention.</summary>
    public string AttentionOutput { get; init; } = "self_attn.o_proj";

    /// <summary>Norm of the queries before they are turned.</summary>
    public string? QueryNorm { get; init; }

    /// <summary>Norm of the keys before they are turned.</summary>
    public string? KeyNorm { get; init; }

    /// <summary>Gate of the feed-forward; a plain one has none.</summary>
    public string? Gate { get; init; } = "mlp.gate_proj";

    /// <summary>Way up of the feed-forward.</summary>
    public string Up { get; init; } = "mlp.up_proj";

    /// <summary>Gate and way up in one projection, in place of the two.</summary>
    public string? GateUp { get; init; }

    /// <summary>Way down of the feed-forward.</summary>
    public string Down { get; init; } = "mlp.down_proj";

    /// <summary>Name of a parameter in files that transformers writes.</summary>
    /// <param name="name">Name in memory.</param>
    /// <returns>The same but for a head with a name of its own.</returns>
    public string InFiles(string name) => HeadInFiles is { } head && name == Head + ".weight" ? head + ".weight" : name;

    /// <summary>All names that a parameter or module may have in files: the one that transformers writes, the one in memory, that of the bare body, and those inside a larger model, old and new.</summary>
    /// <param name="name">Name in memory.</param>
    /// <returns>At least one name, the likeliest first.</returns>
    public IEnumerable<string> AllInFiles(string name)
    {
        var bare = name.StartsWith(BodyPrefix, StringComparison.Ordinal) ? name[BodyPrefix.Length..] : null;
        string?[] names = [InFiles(name), name, bare, PartOfLarger is null ? null : $"{PartOfLarger}.{name}", PartOfLarger is null || bare is null ? null : $"{BodyPrefix}{PartOfLarger}.{bare}"];
        return names.OfType<string>().Distinct(StringComparer.Ordinal);
    }

    /// <summary>Full name of a part of a block.</summary>
    /// <param name="layer">The block.</param>
    /// <param name="part">Its name inside the block.</param>
    /// <returns>For example <c>model.layers.0.mlp.up_proj</c>.</returns>
    public string Of(int layer, string part) => Block.Replace("#", layer.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal) + part;

    /// <summary>The block that something is a part of.</summary>
    /// <param name="name">Full name of a module or parameter, also of an adapter's, which begins with more.</param>
    /// <returns>Its number, or null where it is outside the blocks.</returns>
    public int? BlockOf(string name)
    {
        var number = Block.IndexOf('#', StringComparison.Ordinal);
        var start = name.IndexOf(Block[..number], StringComparison.Ordinal);
        if (start < 0)
        {
            return null;
        }

        var rest = name.AsSpan(start + number);
        var end = rest.IndexOf(Block.AsSpan(number + 1), StringComparison.Ordinal);
        return end > 0 && int.TryParse(rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var layer) ? layer : null;
    }

    /// <summary>Whether something reads what the blocks give: the norm after them, or a head of its own.</summary>
    /// <param name="name">Full name of a parameter, also of an adapter's, which begins with more.</param>
    /// <returns>False for parts of blocks and embeddings, also for one that serves as the head.</returns>
    public bool IsAfterBlocks(string name) =>
        BlockOf(name) is null && (name.Contains(FinalNorm + ".", StringComparison.Ordinal) || name.Contains(Head + ".", StringComparison.Ordinal));

    /// <summary>Full names of a block's projections.</summary>
    /// <param name="layer">The block.</param>
    /// <returns>In the order in which they are computed.</returns>
    public IEnumerable<string> Projections(int layer) =>
        ((string?[])[QueryKeyValue ?? Query, QueryKeyValue is null ? Key : null, QueryKeyValue is null ? Value : null, AttentionOutput, GateUp ?? Gate, GateUp is null ? Up : null, Down])
        .OfType<string>().Select(part => Of(layer, part));

    /// <summary>Full name of a part of a block that not every family has.</summary>
    /// <param name="layer">The block.</param>
    /// <param name="part">Its name inside the block, or null.</param>
    /// <returns>The name, or null.</returns>
    public string? OptionalOf(int layer, string? part) => part is null ? null : Of(layer, part);
}
