using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.Models;

/// <summary>Longest match first from the left, as BERT's WordPiece.</summary>
internal sealed class WordPiece(Vocabulary vocabulary, string unknownToken, string continuingPrefix, int longestWord) : TokenModel(vocabulary)
{
    private readonly int _longestPiece = LongestOf(vocabulary);

    public override int? UnknownId { get; } = vocabulary.IdOf(unknownToken);

    public override void Encode(ReadOnlySpan<char> word, List<int> output)
    {
        var from = output.Count;
        if (CountCodePoints(word) > longestWord)
        {
            AddUnknown(word, output);
            return;
        }

        for (var start = 0; start < word.Length;)
        {
            var end = Math.Min(word.Length, start + _longestPiece);
            int id;
            while (!TryGetPiece(word[start..end], start > 0, out id))
            {
                end -= end - start >= 2 && char.IsLowSurrogate(word[end - 1]) ? 2 : 1;
                if (end <= start)
                {
                    output.RemoveRange(from, output.Count - from);
                    AddUnknown(word, output);
                    return;
                }
            }

            output.Add(id);
            start = end;
        }
    }

    private static int CountCodePoints(ReadOnlySpan<char> word)
    {
        var count = 0;
        for (var position = 0; position < word.Length; count++)
        {
            CodePoints.At(word, position, out var units);
            position += units;
        }

        return count;
    }

    private static int LongestOf(Vocabulary vocabulary) => Math.Max(2, vocabulary.LongestTokenLength);

    private bool TryGetPiece(ReadOnlySpan<char> piece, bool continues, out int id) =>
        continues && continuingPrefix.Length > 0 ? Vocabulary.TryGetId(string.Concat(continuingPrefix, piece), out id) : Vocabulary.TryGetId(piece, out id);

    private void AddUnknown(ReadOnlySpan<char> word, List<int> output) =>
        output.Add(UnknownId ?? throw new TSpinException($"the tokenizer's unknown token \"{unknownToken}\" is not in its vocabulary, but the word \"{word}\" needs it; use the tokenizer file that came with the model."));
}
