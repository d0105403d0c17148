namespace TSpin.Tokenizers.Decoders;

/// <summary>Connectionist temporal classification: equal neighbours are one, the padding token nothing, the delimiter a space.</summary>
internal sealed class CtcDecoder(string padToken, string delimiter, bool cleanUp) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        var result = new List<string>();
        for (var i = 0; i < tokens.Count; i++)
        {
            if (i > 0 && tokens[i] == tokens[i - 1])
            {
                continue;
            }

            var text = padToken.Length == 0 ? tokens[i] : tokens[i].Replace(padToken, "", StringComparison.Ordinal);
            if (cleanUp)
            {
                text = WordPieceDecoder.CleanUp(text);
                text = delimiter.Length == 0 ? text : text.Replace(delimiter, " ", StringComparison.Ordinal);
            }

            if (text.Length > 0)
            {
                result.Add(text);
            }
        }

        return result;
    }
}
