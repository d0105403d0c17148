namespace TSpin.Tokenizers.PreTokenizers;

/// <summary>A growing list of pieces that are not empty.</summary>
internal sealed class PieceList
{
    private const int ChunkLength = 4096;

    private readonly List<TextPiece> _pieces = [];
    private Memory<char> _free;

    public int Count => _pieces.Count;

    public TextPiece this[int index] => _pieces[index];

    public void Add(TextPiece piece)
    {
        if (!piece.Text.IsEmpty)
        {
            _pieces.Add(piece);
        }
    }

    /// <summary>Room for a new piece's characters; what is used of it is to be kept with <see cref="Keep"/>.</summary>
    public Memory<char> Reserve(int length)
    {
        if (_free.Length < length)
        {
            _free = new char[Math.Max(length, ChunkLength)];
        }

        return _free[..length];
    }

    /// <summary>Makes the first characters of the reserved room a piece.</summary>
    public void Keep(int length, bool atStart)
    {
        Add(new TextPiece(_free[..length], atStart));
        _free = _free[length..];
    }

    public void Clear() => _pieces.Clear();
}
