using System.Text;

namespace TSpin.Tokens.Normalizers;

/// <summary>Every character's lower case, without regard to its neighbours (Rust's <c>char::to_lowercase</c>).</summary>
internal sealed class LowercaseNormalizer : Normalizer
{
    public override string Normalize(string text, ref bool keepsStart)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value == 0x130)
            {
                // The one character whose lower case is two; the framework leaves it alone because Turkish differs.
                result.Append("i\u0307");
            }
            else
            {
                result.Append(Rune.ToLowerInvariant(rune).ToString());
            }
        }

        return result.ToString();
    }
}
