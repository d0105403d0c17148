using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.PreTokenizers;

/// <summary>Keeps runs of word characters and runs of other signs, drops white space: <c>\w+|[^\w\s]+</c>.</summary>
internal sealed class WhitespacePreTokenizer : PreTokenizer
{
    public override void Split(TextPiece piece, PieceList output)
    {
        var text = piece.Text.Span;
        var start = 0;
        var current = Kind.Space;
        for (var position = 0; position < text.Length;)
        {
            var point = CodePoints.At(text, position, out var units);
            var kind = CodePoints.Word.Contains(point) ? Kind.Word : CodePoints.WhiteSpace.Contains(point) ? Kind.Space : Kind.Sign;
            if (kind != current)
            {
                Add(piece, start, position, current, output);
                (start, current) = (position, kind);
            }

            position += units;
        }

        Add(piece, start, text.Length, current, output);
    }

    private static void Add(TextPiece piece, int start, int end, Kind kind, PieceList output)
    {
        if (kind != Kind.Space)
        {
            output.Add(piece.Slice(start, end));
        }
    }

    private enum Kind
    {
        Space,
        Word,
        Sign,
    }
}
