using TSpin.Tokenizers.Patterns;

namespace TSpin.Tokenizers.PreTokenizers;

/// <summary>Splits by a pattern.</summary>
internal sealed class SplitPreTokenizer(Pattern pattern, SplitBehavior behavior, bool invert) : PreTokenizer
{
    public override void Split(TextPiece piece, PieceList output) =>
        Segments.ByPattern(piece.Text.Span, pattern, invert).Emit(piece, behavior, output);
}
