namespace TSpin.Tokenizers.Normalizers;

/// <summary>Puts a text before every text that is not empty.</summary>
internal sealed class PrependNormalizer(string prefix) : Normalizer
{
    public override string Normalize(string text, ref bool keepsStart) => text.Length == 0 ? text : prefix + text;
}
