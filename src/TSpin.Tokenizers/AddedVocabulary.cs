using TSpin.Tokenizers.Models;
using TSpin.Tokenizers.Normalizers;

namespace TSpin.Tokenizers;

/// <summary>
/// The added tokens with their ids. As in tokenizers the id follows from the vocabulary and the order: a token the model has keeps
/// its id, another gets the next free one; the id in the file only documents that.
/// </summary>
internal sealed class AddedVocabulary
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<int, AddedToken> _tokens = [];
    private readonly Dictionary<int, string> _texts = [];
    private readonly HashSet<string> _special = new(StringComparer.Ordinal);

    /// <param name="tokens">The tokens in the order in which they are added.</param>
    /// <param name="vocabulary">The model's own tokens.</param>
    /// <param name="normalizer">What text goes through before the model; null for none.</param>
    /// <param name="splitsSpecial">Special tokens written out in a text are text.</param>
    public AddedVocabulary(IReadOnlyList<AddedToken> tokens, Vocabulary vocabulary, Normalizer? normalizer, bool splitsSpecial = false)
    {
        var seen = new HashSet<AddedToken>();
        foreach (var token in tokens)
        {
            if (token.Content.Length == 0)
            {
                continue;
            }

            if (token.Special)
            {
                _special.Add(token.Content);
            }

            if (!seen.Add(token))
            {
                continue;
            }

            if (!_ids.TryGetValue(token.Content, out var id))
            {
                id = vocabulary.IdOf(token.Content) ?? (LargestId >= vocabulary.Count || (vocabulary.Count == 0 && LargestId >= 0) ? LargestId + 1 : vocabulary.Count);
                _ids[token.Content] = id;
                LargestId = Math.Max(LargestId, id);
            }

            // Of two entries for one token the later one's flags count.
            _tokens[id] = token;
            if (token.Normalized)
            {
                _texts[id] = Normalize(token.Content);
            }
        }

        var byId = _tokens.OrderBy(t => t.Key).Select(t => (t.Value, t.Key)).ToList();
        Raw = new AddedTokenFinder(byId.Where(t => !t.Value.Normalized).Select(t => (t.Value.Content, t.Value, t.Key)), IsLeftAsText);
        Normalized = new AddedTokenFinder(byId.Where(t => t.Value.Normalized).Select(t => (_texts[t.Key], t.Value, t.Key)), IsLeftAsText);

        bool IsLeftAsText(AddedToken token) => splitsSpecial && _special.Contains(token.Content);

        string Normalize(string text)
        {
            var keepsStart = true;
            return normalizer?.Normalize(text, ref keepsStart) ?? text;
        }
    }

    /// <summary>-1 when there are none.</summary>
    public int LargestId { get; } = -1;

    /// <summary>Finds those that are looked for in the text as it comes.</summary>
    public AddedTokenFinder Raw { get; }

    /// <summary>Finds those that are looked for in the normalized text.</summary>
    public AddedTokenFinder Normalized { get; }

    public int? IdOf(string token) => _ids.TryGetValue(token, out var id) ? id : null;

    public string? PieceOf(int id) => _tokens.GetValueOrDefault(id)?.Content;

    /// <summary>What an id is decoded to: where a token is looked for in normalized text, its normalized form.</summary>
    public string? TextOf(int id) => _texts.GetValueOrDefault(id) ?? PieceOf(id);

    public bool IsSpecial(string token) => _special.Contains(token);
}
