using System.Text;
using TSpin.Tokenizers.Sources;

namespace TSpin.Tokenizers.Models;

/// <summary>What SentencePiece's two models share: how a found piece becomes ids.</summary>
internal abstract class SentencePieceBase(Vocabulary vocabulary, SentencePieceType[] types, int unknownId, int[]? byteIds) : TokenModel(vocabulary)
{
    public override int? UnknownId => unknownId;

    protected SentencePieceType[] Types => types;

    /// <summary>Appends a piece's id; an unknown one as bytes where there are byte pieces, else once for all that touch.</summary>
    protected void Append(ReadOnlySpan<char> text, int id, ref bool afterUnknown, List<int> output)
    {
        var isUnknown = id == unknownId;
        if (!isUnknown)
        {
            output.Add(id);
        }
        else if (byteIds is not null)
        {
            foreach (var b in Encoding.UTF8.GetBytes(text.ToString()))
            {
                output.Add(byteIds[b]);
            }
        }
        else if (!afterUnknown)
        {
            output.Add(id);
        }

        afterUnknown = isUnknown;
    }

    /// <summary>The id a text has as a piece of its own; control, unknown and byte pieces are not found by their text.</summary>
    protected bool TryGetPiece(ReadOnlySpan<char> text, out int id) =>
        Vocabulary.TryGetId(text, out id) && types[id] is SentencePieceType.Normal or SentencePieceType.UserDefined or SentencePieceType.Unused;

    /// <summary>The id a text has as a piece of any type, else the unknown piece's.</summary>
    protected int IdOf(ReadOnlySpan<char> text) => Vocabulary.TryGetId(text, out var id) ? id : unknownId;
}
