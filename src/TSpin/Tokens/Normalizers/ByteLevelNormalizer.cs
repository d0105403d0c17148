using System.Buffers;
using TSpin.Tokens.Text;

namespace TSpin.Tokens.Normalizers;

/// <summary>Replaces the text by the stand-ins of its UTF-8 bytes.</summary>
internal sealed class ByteLevelNormalizer : Normalizer
{
    public override string Normalize(string text, ref bool keepsStart)
    {
        if (text.Length == 0)
        {
            return text;
        }

        var encoded = new ArrayBufferWriter<char>(text.Length * 3);
        ByteAlphabet.AppendEncoded(text, encoded);
        return new string(encoded.WrittenSpan);
    }
}
