using System.Buffers;
using TSpin.Tokens.Patterns;
using TSpin.Tokens.Text;

namespace TSpin.Tokens.PreTokenizers;

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
        var encoded = new ArrayBufferWriter<char>((text.Length * 3) + 16);
        if (!useRegex)
        {
            ByteAlphabet.AppendEncoded(text, encoded);
            output.Add(piece with { Text = encoded.WrittenMemory });
            return;
        }

        var matches = new List<(int Start, int End)>();
        Gpt2.FindAll(text, matches);
        foreach (var (start, end) in matches)
        {
            // The pattern's branches leave no gap. The writer has room for the whole piece, so what is written never moves.
            var from = encoded.WrittenCount;
            ByteAlphabet.AppendEncoded(text[start..end], encoded);
            output.Add(new TextPiece(encoded.WrittenMemory[from..], piece.AtStart && start == 0));
        }
    }
}
