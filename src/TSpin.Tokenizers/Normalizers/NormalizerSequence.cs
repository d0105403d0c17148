namespace TSpin.Tokenizers.Normalizers;

/// <summary>Several changes one after another.</summary>
internal sealed class NormalizerSequence(IReadOnlyList<Normalizer> parts) : Normalizer
{
    public override string Normalize(string text, ref bool keepsStart)
    {
        foreach (var part in parts)
        {
            text = part.Normalize(text, ref keepsStart);
        }

        return text;
    }
}
