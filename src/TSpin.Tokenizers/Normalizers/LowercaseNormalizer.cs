using System.Text;
using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.Normalizers;

/// <summary>Every character's lower case, without regard to its neighbours (Rust's <c>char::to_lowercase</c>).</summary>
internal sealed class LowercaseNormalizer : Normalizer
{
    public override string Normalize(string text, ref bool keepsStart)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case 0x130:
                    // The one character whose lower case is two; the framework leaves it alone because Turkish differs.
                    result.Append("i\u0307");
                    break;
                case 0xA7CE or 0xA7D2 or 0xA7D4:
                    // New in Unicode 17, which Rust knows and the framework not yet; so are the next.
                    result.Append((char)(rune.Value + 1));
                    break;
                case >= 0x16EA0 and <= 0x16EB8:
                    CodePoints.Append(result, rune.Value + 27);
                    break;
                default:
                    CodePoints.Append(result, Rune.ToLowerInvariant(rune).Value);
                    break;
            }
        }

        return result.ToString();
    }
}
