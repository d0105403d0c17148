using TSpin.Tokenizers.Patterns;
using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.PreTokenizers;

/// <summary>GPT-2's split (when wanted), then every part written with the stand-ins of its bytes.</summary>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool useRegex) : PreTokenizer
{
    /// <summary>GPT-2's pattern (OpenAI's encoder.py, as tokenizers writes it).</summary>
    public const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private static readonly Pattern Gpt2 = new(Gpt2Pattern);

    public override void Split(TextPiece piece, PieceList output)
    {
        if (addPrefixSpace && piece.Text.Span[0] != ' ')
        {
            piece = piece with { Text = (" " + piece.Text.ToString()).AsMemory() };
        }

        var text = piece.Text.Span;
        if (!useRegex)
        {
            AddEncoded(text, piece.AtStart, output);
            return;
        }

        // The pattern's branches leave no gap between its matches.
        var matches = new List<(int Start, int End)>();
        Gpt2.FindAll(text, matches);
        foreach (var (start, end) in matches)
        {
            AddEncoded(text[start..end], piece.AtStart && start == 0, output);
        }
    }

    private static void AddEncoded(ReadOnlySpan<char> text, bool atStart, PieceList output) =>
        output.Keep(ByteAlphabet.Encode(text, output.Reserve(text.Length * ByteAlphabet.MostPerUnit).Span), atStart);
}
