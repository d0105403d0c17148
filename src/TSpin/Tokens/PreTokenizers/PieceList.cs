namespace TSpin.Tokens.PreTokenizers;

/// <summary>A growing list of pieces that are not empty.</summary>
internal sealed class PieceList
{
    private readonly List<TextPiece> _pieces = [];

    public int Count => _pieces.Count;

    public TextPiece this[int index] => _pieces[index];

    public void Add(TextPiece piece)
    {
        if (!piece.Text.IsEmpty)
        {
            _pieces.Add(piece);
        }
    }

    public void Clear() => _pieces.Clear();
}
