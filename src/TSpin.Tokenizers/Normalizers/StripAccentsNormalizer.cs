using System.Text;
using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.Normalizers;

/// <summary>Removes combining marks (category M); it is usually preceded by NFD.</summary>
internal sealed class StripAccentsNormalizer : Normalizer
{
    public override string Normalize(string text, ref bool keepsStart)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (UnicodeNormalization.Marks.Contains(rune.Value))
            {
                keepsStart &= result.Length > 0;
            }
            else
            {
                CodePoints.Append(result, rune.Value);
            }
        }

        return result.ToString();
    }
}
