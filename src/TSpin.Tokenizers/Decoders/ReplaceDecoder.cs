using TSpin.Tokenizers.Normalizers;

namespace TSpin.Tokenizers.Decoders;

/// <summary>Replaces a pattern in every token.</summary>
internal sealed class ReplaceDecoder(ReplaceNormalizer replacement) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens) => tokens.ConvertAll(replacement.Replace);
}
