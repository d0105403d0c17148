using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.Normalizers;

/// <summary>Replaces the text by the stand-ins of its UTF-8 bytes.</summary>
internal sealed class ByteLevelNormalizer : Normalizer
{
    public override string Normalize(string text, ref bool keepsStart)
    {
        var encoded = new char[text.Length * ByteAlphabet.MostPerUnit];
        return new string(encoded, 0, ByteAlphabet.Encode(text, encoded));
    }
}
