namespace TSpin.Tokenizers.PreTokenizers;

/// <summary>Several splits one after another, each on the parts of the one before.</summary>
internal sealed class PreTokenizerSequence(IReadOnlyList<PreTokenizer> parts) : PreTokenizer
{
    public override void Split(TextPiece piece, PieceList output)
    {
        if (parts.Count == 0)
        {
            output.Add(piece);
            return;
        }

        var current = new PieceList();
        current.Add(piece);
        for (var i = 0; i < parts.Count; i++)
        {
            var next = i == parts.Count - 1 ? output : new PieceList();
            for (var k = 0; k < current.Count; k++)
            {
                parts[i].Split(current[k], next);
            }

            current = next;
        }
    }
}
