using TSpin.Tokens.Patterns;

namespace TSpin.Tokens.PreTokenizers;

/// <summary>Splits by a pattern.</summary>
internal sealed class SplitPreTokenizer(Pattern pattern, SplitBehavior behavior, bool invert) : PreTokenizer
{
    public override void Split(TextPiece piece, PieceList output) =>
        Segments.ByPattern(piece.Text.Span, pattern, invert).Emit(piece, behavior, output);
}
