using System.Buffers;
using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers;

/// <summary>Finds added tokens in a text: leftmost, of those the longest.</summary>
internal sealed class AddedTokenFinder
{
    private readonly Models.PieceTrie _trie;
    private readonly SearchValues<char> _firstUnits;
    private readonly List<(AddedToken Token, int Id)> _tokens;
    private readonly Func<AddedToken, bool> _isLeftAsText;

    /// <summary>Builds the finder.</summary>
    /// <param name="tokens">The text to look for (the token's content, normalized where it is to be), the token, its id.</param>
    /// <param name="isLeftAsText">Tokens that stay text where they are found; as in tokenizers nothing else is looked for inside them.</param>
    public AddedTokenFinder(IEnumerable<(string Text, AddedToken Token, int Id)> tokens, Func<AddedToken, bool> isLeftAsText)
    {
        _isLeftAsText = isLeftAsText;
        // Of two tokens that are looked for by the same text the later counts, and the trie keeps the first it gets.
        var list = tokens.Where(t => t.Text.Length > 0).Reverse().ToList();
        _tokens = list.ConvertAll(t => (t.Token, t.Id));
        _trie = new Models.PieceTrie(list.Select((t, i) => (t.Text, i)));
        _firstUnits = SearchValues.Create([.. list.Select(t => t.Text[0]).Distinct()]);
    }

    /// <summary>Cuts a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="onText">Called with the bounds of what lies between tokens, never empty.</param>
    /// <param name="onToken">Called with the id of each token.</param>
    public void Split(string text, Action<int, int> onText, Action<int> onToken)
    {
        var position = 0;
        var cutEnd = 0;
        var spaceEnd = 0;
        while (_tokens.Count > 0 && TryFindNext(text, position, out var start, out var end, out var index))
        {
            position = end;
            var (token, id) = _tokens[index];
            if (_isLeftAsText(token) || (token.SingleWord && (TouchesWordBefore(text, start) || TouchesWordAfter(text, end))))
            {
                continue;
            }

            if (token.StripLeft)
            {
                start = cutEnd + (start > cutEnd ? text.AsSpan(cutEnd, start - cutEnd).TrimEnd().Length : 0);
            }

            if (token.StripRight)
            {
                // Tokens that are white space themselves may stand in one run of it: the run is measured once.
                spaceEnd = end < spaceEnd ? spaceEnd : text.Length - text.AsSpan(end).TrimStart().Length;
                end = spaceEnd;
            }

            if (cutEnd < start)
            {
                onText(cutEnd, start);
            }

            // Nothing is left of a token of white space when the one before took all of it along.
            if (start < end)
            {
                onToken(id);
            }

            cutEnd = end;
        }

        if (cutEnd < text.Length)
        {
            onText(cutEnd, text.Length);
        }
    }

    private static bool TouchesWordBefore(string text, int start) => start > 0 && CodePoints.Word.Contains(CodePoints.Before(text, start, out _));

    private static bool TouchesWordAfter(string text, int end) => end < text.Length && CodePoints.Word.Contains(CodePoints.At(text, end, out _));

    private bool TryFindNext(string text, int position, out int start, out int end, out int index)
    {
        (start, end, index) = (position, -1, -1);
        while (start < text.Length)
        {
            var ahead = text.AsSpan(start).IndexOfAny(_firstUnits);
            if (ahead < 0)
            {
                return false;
            }

            start += ahead;
            var node = Models.PieceTrie.Root;
            for (var i = start; i < text.Length && _trie.TryStep(ref node, text[i]); i++)
            {
                if (_trie.IdAt(node) >= 0)
                {
                    (end, index) = (i + 1, _trie.IdAt(node));
                }
            }

            if (index >= 0)
            {
                return true;
            }

            start++;
        }

        return false;
    }
}
