using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.PreTokenizers;

/// <summary>Splits by a set of code points: Digits, Punctuation, WhitespaceSplit, CharDelimiterSplit.</summary>
internal sealed class CodePointPreTokenizer(CodePointSet set, SplitBehavior behavior) : PreTokenizer
{
    public override void Split(TextPiece piece, PieceList output) =>
        Segments.ByCodePoint(piece.Text.Span, set).Emit(piece, behavior, output);
}
