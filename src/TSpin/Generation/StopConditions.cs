using TSpin.Files;
using TSpin.Tokenizers;

namespace TSpin.Generation;

/// <summary>What ends an answer besides the model's own ends: texts that are looked for in its text, and token ids.</summary>
/// <param name="Texts">Texts that can come up in an answer's text.</param>
/// <param name="Ids">Token ids, those among them that were given as the text of a special token.</param>
internal sealed record StopConditions(IReadOnlyList<string> Texts, HashSet<int> Ids)
{
    /// <summary>Sorts the stop texts: an answer's text is without special tokens, so the text of one is a stop id.</summary>
    /// <param name="options">Stop texts and ids as they were asked for.</param>
    /// <param name="tokenizer">The model's tokenizer, if it has one.</param>
    /// <param name="vocabularySize">Rows of the model's embedding.</param>
    /// <exception cref="TSpinException">A text holds a special token among others and would never fire, or an id is none of the model's.</exception>
    public static StopConditions Of(SamplingOptions options, Tokenizer? tokenizer, int vocabularySize)
    {
        var (texts, ids) = (new List<string>(), new HashSet<int>(options.StopIds ?? []));
        foreach (var text in options.StopTexts)
        {
            if (tokenizer?.IdOf(text.Trim()) is { } id && tokenizer.IsSpecial(id))
            {
                ids.Add(id);
                continue;
            }

            if (tokenizer?.Encode(text, addSpecialTokens: false).FirstOrDefault(token => tokenizer.IsSpecial(token) && text.Contains(tokenizer.Piece(token), StringComparison.Ordinal), -1) is >= 0 and var special)
            {
                throw new TSpinException(
                    $"the stop text {Excerpt.Of(text)} holds the special token '{tokenizer.Piece(special)}', which no answer's text contains, so it would never end one. Give '{tokenizer.Piece(special)}' alone.");
            }

            texts.Add(text);
        }

        return ids.FirstOrDefault(id => id >= vocabularySize, -1) is >= 0 and var unknown
            ? throw new TSpinException($"the stop id {unknown} is no token of the model, whose vocab_size is {vocabularySize}. Use 0 to {vocabularySize - 1}.")
            : new StopConditions(texts, ids);
    }
}
