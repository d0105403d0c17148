using TSpin.Models;
using TSpin.Tokenizers;

namespace TSpin.Prompts;

/// <summary>
/// Which tokens end a response, and which file says so: the one place that generation, evaluation, training, saved folders and what is shown to
/// people ask. They are the end-of-sequence ids of generation_config.json, else of config.json; the tokenizer's EOS; and the special token that a
/// chat template writes after an answer.
/// </summary>
public sealed record EndTokens
{
    private EndTokens(IReadOnlyList<EndToken> all, int? trained) => (All, Trained) = (all, trained);

    /// <summary>The ends, the model's own first. An answer is over at any of them.</summary>
    public IReadOnlyList<EndToken> All { get; }

    /// <summary>
    /// The id that training puts behind a response: the end of a turn with a chat template that has one, else the tokenizer's EOS, else the model's
    /// first; null where there is none.
    /// </summary>
    public int? Trained { get; }

    /// <summary>The ids of <see cref="All"/>.</summary>
    public IReadOnlyList<int> Ids => [.. All.Select(end => end.Id)];

    /// <summary>Collects the ends.</summary>
    /// <param name="config">The model, for the ids that its configuration names.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="template">How prompts are rendered.</param>
    /// <returns>The ends.</returns>
    /// <exception cref="TSpinException">
    /// The tokenizer's EOS, the end of a turn or the trained end has no row in the model's embedding; or a chat template cannot render a plain conversation.
    /// </exception>
    public static EndTokens Of(DecoderConfig config, Tokenizer tokenizer, PromptTemplate template)
    {
        var turn = TurnEnd(tokenizer, template);
        var trained = turn ?? tokenizer.EosId ?? (config.EosIds is [var first, ..] ? first : null);
        List<(int? Id, string Source)> named = [.. config.EosIds.Select(id => ((int?)id, config.EosSource)), (tokenizer.EosId, tokenizer.EosSource), (turn, template.EndOfTurnSource)];
        foreach (var (id, source) in named)
        {
            if (id is { } end && end >= config.VocabularySize && (end == tokenizer.EosId || end == turn || end == trained))
            {
                throw new TSpinException(
                    $"{source}: ends a response with '{tokenizer.Piece(end)}', whose id is {end}, but the model's vocab_size is {config.VocabularySize}: the embedding has no row for it. "
                    + "Put the tokenizer files that came with the weights beside them, or name a token as eos_token that the model knows.");
            }
        }

        var all = named.Where(end => end.Id is not null).GroupBy(end => end.Id!.Value, end => end.Source)
            .Select(end => new EndToken(end.Key, tokenizer.Piece(end.Key), [.. end.Distinct(StringComparer.Ordinal)]));
        return new EndTokens([.. all], trained);
    }

    /// <summary>For people: every end with its files, and what training appends.</summary>
    /// <returns>One line without a line feed.</returns>
    public override string ToString()
    {
        if (All.Count == 0)
        {
            return "none: nothing but the length limit and stop texts ends an answer";
        }

        var ends = All.Select(end => $"{Shown(end)} from {string.Join(" and ", end.Sources)}");
        return string.Join("; ", ends) + (All.FirstOrDefault(end => end.Id == Trained) is { } trained ? $"; training appends {Shown(trained)}" : "");
    }

    private static string Shown(EndToken end) => $"{end.Id} '{end.Piece}'";

    // By what the token is, not by how it shows: special, or at least a token with a text of its own that the template writes out. White space
    // before it ("Answer </s>") is no end of anything.
    private static int? TurnEnd(Tokenizer tokenizer, PromptTemplate template)
    {
        if (template.EndOfTurn?.TrimStart() is not { Length: > 0 } text || tokenizer.Encode(text, addSpecialTokens: false) is not [var first, ..])
        {
            return null;
        }

        var piece = tokenizer.Piece(first);
        var isWritten = piece.Length > 0 && text.StartsWith(piece, StringComparison.Ordinal);
        return isWritten && (tokenizer.IsSpecial(first) || first == tokenizer.EosId || tokenizer.IsAdded(first)) ? first : null;
    }
}
