using TSpin.Files;

namespace TSpin.Tokenizers.Gguf;

/// <summary>
/// The merges of a SentencePiece BPE vocabulary, which has scores in their place: two pieces whose joined text is a piece may merge, the one
/// with the highest score first. transformers converts tokenizer.model to tokenizer.json by the same rule.
/// </summary>
internal static class SentencePieceMerges
{
    // Published models have pieces of up to 48 characters and about two merges a piece; a damaged file must not decide how much work this is.
    private const int LongestPiece = 256;
    private const int MostMergesPerToken = 8;

    /// <summary>The merges in the order in which they are tried.</summary>
    /// <param name="vocabulary">The tokens and their types.</param>
    /// <param name="ids">Id of every piece.</param>
    /// <param name="scores">Score of every id.</param>
    /// <param name="textOf">Text of an id.</param>
    /// <returns>Pairs, each a text with a space between or, where a piece has spaces in it, a list of two.</returns>
    public static object[] Of(GgufVocabulary vocabulary, Dictionary<string, int> ids, double[] scores, Func<int, string> textOf)
    {
        var merges = new List<(string Left, string Right, double Score)>();
        var distinct = new HashSet<double>();
        foreach (var id in vocabulary.Ids.Where(IsPiece))
        {
            var piece = textOf(id);
            if (piece.Length > LongestPiece)
            {
                throw vocabulary.Metadata.Fault(GgufVocabulary.Prefix + "tokens", $"{Excerpt.Of(piece)} (token {id}) has {piece.Length} characters, more than the {LongestPiece} that a piece can have. Download the file again.");
            }

            var before = merges.Count;
            for (var end = 1; end < piece.Length; end++)
            {
                var (left, right) = (piece[..end], piece[end..]);
                if (ids.TryGetValue(left, out var leftId) && IsPiece(leftId) && ids.TryGetValue(right, out var rightId) && IsPiece(rightId))
                {
                    merges.Add((left, right, scores[id]));
                }
            }

            if (merges.Count > before)
            {
                distinct.Add(scores[id]);
            }

            if (merges.Count > MostMergesPerToken * (long)(vocabulary.Tokens.Length + LongestPiece))
            {
                throw vocabulary.Metadata.Fault(GgufVocabulary.Prefix + "tokens", $"have more than {MostMergesPerToken} merges a token, which no model has. Download the file again.");
            }
        }

        if (merges.Count > 1 && distinct.Count == 1)
        {
            throw vocabulary.Metadata.Fault(GgufVocabulary.Prefix + "scores", $"are all {distinct.First()}, so they don't say what merges first. Put the model's tokenizer.json beside the file in a folder of their own.");
        }

        return [.. merges.OrderByDescending(merge => merge.Score).ThenByDescending(merge => merge.Left.Length).Select(merge => Pair(merge.Left, merge.Right))];

        bool IsPiece(int id) => vocabulary.Types[id] is GgufVocabulary.Normal or GgufVocabulary.UserDefined or GgufVocabulary.Unused;
    }

    private static object Pair(string left, string right) =>
        left.Contains(' ', StringComparison.Ordinal) || right.Contains(' ', StringComparison.Ordinal) ? new[] { left, right } : $"{left} {right}";
}
