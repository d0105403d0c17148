namespace TSpin.Tokenizers.PreTokenizers;

/// <summary>Splits text into the words that the model encodes one by one. Instances are immutable and thread-safe.</summary>
internal abstract class PreTokenizer
{
    /// <summary>Splits one piece (never empty) and appends its parts; empty parts are dropped by <see cref="PieceList"/>.</summary>
    public abstract void Split(TextPiece piece, PieceList output);
}
