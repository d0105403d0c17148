using TSpin.Tokenizers.Sources;

namespace TSpin.Tokenizers.Models;

/// <summary>SentencePiece's word model: a piece for each word, which begins at a metaspace; what is no piece is unknown.</summary>
internal sealed class SentencePieceWords(Vocabulary vocabulary, SentencePieceType[] types, int unknownId, int[]? byteIds)
    : SentencePieceBase(vocabulary, types, unknownId, byteIds)
{
    public override void Encode(ReadOnlySpan<char> word, List<int> output)
    {
        var afterUnknown = false;
        while (!word.IsEmpty)
        {
            var next = word[1..].IndexOf(MetaspaceWords.Metaspace) + 1;
            var text = next > 0 ? word[..next] : word;
            Append(text, IdOf(text), ref afterUnknown, output);
            word = word[text.Length..];
        }
    }
}
