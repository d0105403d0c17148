namespace TSpin.Tokenizers.PreTokenizers;

/// <summary>A part of the text on its way to the model.</summary>
/// <param name="Text">The characters.</param>
/// <param name="AtStart">Whether it begins where the whole input begins.</param>
internal readonly record struct TextPiece(ReadOnlyMemory<char> Text, bool AtStart)
{
    /// <summary>A part of this part.</summary>
    public TextPiece Slice(int start, int end) => new(Text[start..end], AtStart && start == 0);
}
