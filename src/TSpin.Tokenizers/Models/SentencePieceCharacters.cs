using TSpin.Tokenizers.Sources;
using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.Models;

/// <summary>SentencePiece's character model: a piece for each character, or for the longest user-defined piece there.</summary>
internal sealed class SentencePieceCharacters(Vocabulary vocabulary, SentencePieceType[] types, int unknownId, int[]? byteIds, PieceTrie userDefined)
    : SentencePieceBase(vocabulary, types, unknownId, byteIds)
{
    public override void Encode(ReadOnlySpan<char> word, List<int> output)
    {
        var afterUnknown = false;
        while (!word.IsEmpty)
        {
            if (userDefined.LongestPrefix(word) is not (> 0 and var length))
            {
                CodePoints.At(word, 0, out length);
            }

            Append(word[..length], IdOf(word[..length]), ref afterUnknown, output);
            word = word[length..];
        }
    }
}
