using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.PreTokenizers;

/// <summary>Cuts every so many code points.</summary>
internal sealed class FixedLengthPreTokenizer(int length) : PreTokenizer
{
    public override void Split(TextPiece piece, PieceList output)
    {
        var text = piece.Text.Span;
        var start = 0;
        var count = 0;
        for (var position = 0; position < text.Length;)
        {
            CodePoints.At(text, position, out var units);
            position += units;
            if (++count == length)
            {
                output.Add(piece.Slice(start, position));
                (start, count) = (position, 0);
            }
        }

        output.Add(piece.Slice(start, text.Length));
    }
}
