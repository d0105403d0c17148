namespace TSpin.Tokenizers.Decoders;

/// <summary>Several decoders one after another.</summary>
internal sealed class DecoderSequence(IReadOnlyList<TokenDecoder> parts) : TokenDecoder
{
    public IReadOnlyList<TokenDecoder> Parts => parts;

    public override List<string> Decode(List<string> tokens)
    {
        foreach (var part in parts)
        {
            tokens = part.Decode(tokens);
        }

        return tokens;
    }

    public override bool HoldsBack(string token) => parts.Any(p => p.HoldsBack(token));
}
