using TSpin.Tokens.Normalizers;

namespace TSpin.Tokens.Decoders;

/// <summary>Replaces a pattern in every token.</summary>
internal sealed class ReplaceDecoder(ReplaceNormalizer replacement) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens) => tokens.ConvertAll(replacement.Replace);
}
