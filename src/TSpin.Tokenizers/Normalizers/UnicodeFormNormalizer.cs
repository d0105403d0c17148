using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.Normalizers;

/// <summary>NFC, NFD, NFKC or NFKD.</summary>
internal sealed class UnicodeFormNormalizer(UnicodeForm form) : Normalizer
{
    public override string Normalize(string text, ref bool keepsStart) => UnicodeNormalization.Normalize(text, form);
}
