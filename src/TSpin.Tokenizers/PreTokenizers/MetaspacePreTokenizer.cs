namespace TSpin.Tokenizers.PreTokenizers;

/// <summary>Writes spaces as a visible sign, puts one in front when wanted, and (when wanted) splits before each.</summary>
internal sealed class MetaspacePreTokenizer(char replacement, PrependScheme prepend, bool split) : PreTokenizer
{
    public override void Split(TextPiece piece, PieceList output)
    {
        var text = piece.Text.ToString().Replace(' ', replacement);
        if (text[0] != replacement && (prepend == PrependScheme.Always || (prepend == PrependScheme.First && piece.AtStart)))
        {
            text = replacement + text;
        }

        var whole = piece with { Text = text.AsMemory() };
        if (!split)
        {
            output.Add(whole);
            return;
        }

        var start = 0;
        while (start < text.Length)
        {
            var next = text.IndexOf(replacement, start + 1);
            var end = next < 0 ? text.Length : next;
            output.Add(whole.Slice(start, end));
            start = end;
        }
    }
}
