namespace TSpin.Tokenizers.Decoders;

/// <summary>The end-of-word suffix becomes a space, at the last token nothing (<c>BPEDecoder</c>).</summary>
internal sealed class SuffixDecoder(string suffix) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens) =>
        suffix.Length == 0 ? tokens : [.. tokens.Select((token, i) => token.Replace(suffix, i == tokens.Count - 1 ? "" : " ", StringComparison.Ordinal))];
}
