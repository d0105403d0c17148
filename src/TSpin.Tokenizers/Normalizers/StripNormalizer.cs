namespace TSpin.Tokenizers.Normalizers;

/// <summary>Removes white space at the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : Normalizer
{
    public override string Normalize(string text, ref bool keepsStart)
    {
        var result = left ? text.TrimStart() : text;
        keepsStart &= result.Length == text.Length;
        return right ? result.TrimEnd() : result;
    }
}
