using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.PreTokenizers;

/// <summary>
/// Splits where the script changes. Kana and Han are one script; a space, or a code point without a script, goes with what stands before it;
/// and as in tokenizers those at the very start, which nothing stands before, are dropped.
/// </summary>
internal sealed class UnicodeScriptsPreTokenizer : PreTokenizer
{
    private const int LongVowelMark = 0x30FC;
    private const string Han = "Han";

    public override void Split(TextPiece piece, PieceList output)
    {
        var text = piece.Text.Span;
        var start = text.Length;
        string? current = null;
        for (var position = 0; position < text.Length;)
        {
            var script = ScriptOf(CodePoints.At(text, position, out var units));
            if (script is not null && script != current)
            {
                if (current is not null)
                {
                    output.Add(piece.Slice(start, position));
                }

                (start, current) = (position, script);
            }

            position += units;
        }

        output.Add(piece.Slice(start, text.Length));
    }

    private static string? ScriptOf(int codePoint) => codePoint switch
    {
        ' ' => null,
        LongVowelMark => Han,
        _ => UnicodeScripts.Of(codePoint) is var script and not ("Hiragana" or "Katakana") ? script : Han,
    };
}
