using TSpin.Tokens.Models;
using TSpin.Tokens.Normalizers;

namespace TSpin.Tokens;

/// <summary>
/// The added tokens with their ids. As in tokenizers the id follows from the vocabulary and the order: a token the model has keeps
/// its id, another gets the next free one; the id in the file only documents that.
/// </summary>
internal sealed class AddedVocabulary
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<int, AddedToken> _tokens = [];
    private readonly HashSet<string> _special = new(StringComparer.Ordinal);

    public AddedVocabulary(IReadOnlyList<AddedToken> tokens, Vocabulary vocabulary, Normalizer? normalizer)
    {
        var largest = -1;
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
                id = vocabulary.IdOf(token.Content) ?? (largest >= vocabulary.Count || (vocabulary.Count == 0 && largest >= 0) ? largest + 1 : vocabulary.Count);
                _ids[token.Content] = id;
                largest = Math.Max(largest, id);
            }

            _tokens[id] = token;
        }

        LargestId = largest;
        var current = _tokens.Select(t => (Token: t.Value, Id: t.Key)).OrderBy(t => t.Token.Special ? 0 : 1).ThenBy(t => t.Id).ToList();
        Raw = new AddedTokenFinder(current.Where(t => !t.Token.Normalized).Select(t => (t.Token.Content, t.Token, t.Id)));
        Normalized = new AddedTokenFinder(current.Where(t => t.Token.Normalized).Select(t =>
        {
            var keepsStart = true;
            return (normalizer?.Normalize(t.Token.Content, ref keepsStart) ?? t.Token.Content, t.Token, t.Id);
        }));
    }

    /// <summary>-1 when there are none.</summary>
    public int LargestId { get; }

    /// <summary>Finds those that are looked for in the text as it comes.</summary>
    public AddedTokenFinder Raw { get; }

    /// <summary>Finds those that are looked for in the normalized text.</summary>
    public AddedTokenFinder Normalized { get; }

    public int? IdOf(string token) => _ids.TryGetValue(token, out var id) ? id : null;

    public string? PieceOf(int id) => _tokens.GetValueOrDefault(id)?.Content;

    public bool IsSpecial(string token) => _special.Contains(token);
}
