using System.Globalization;
using System.Text;
using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.Normalizers;

/// <summary>BERT's clean-up: control characters dropped, white space to spaces, CJK ideographs set apart, accents and case removed.</summary>
internal sealed class BertNormalizer(bool cleanText, bool handleChinese, bool? stripAccents, bool lowercase) : Normalizer
{
    private static readonly LowercaseNormalizer Lowercase = new();

    public override string Normalize(string text, ref bool keepsStart)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var point = rune.Value;
            if (cleanText && IsDropped(point))
            {
                keepsStart &= result.Length > 0;
            }
            else if (cleanText && CodePoints.WhiteSpace.Contains(point))
            {
                result.Append(' ');
            }
            else if (handleChinese && IsIdeograph(point))
            {
                result.Append(' ');
                CodePoints.Append(result, point);
                result.Append(' ');
            }
            else
            {
                CodePoints.Append(result, point);
            }
        }

        text = result.ToString();
        if (stripAccents ?? lowercase)
        {
            text = WithoutAccents(UnicodeNormalization.Normalize(text, UnicodeForm.Nfd));
        }

        return lowercase ? Lowercase.Normalize(text, ref keepsStart) : text;
    }

    private static string WithoutAccents(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (!IsAccent(rune.Value))
            {
                CodePoints.Append(result, rune.Value);
            }
        }

        return result.ToString();
    }

    private static bool IsDropped(int c) =>
        c is 0 or 0xFFFD || (c is not ('\t' or '\n' or '\r')
            && CodePoints.CategoryOf(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse
            && c is not (0x8E2 or 0x890 or 0x891 or 0x110CD or (>= 0x13430 and <= 0x1343F)));

    /// <summary>Mn as it was in Unicode 8.0, the version of the tables BERT's normalizer uses; so are the format characters above.</summary>
    private static bool IsAccent(int c) =>
        c is 0x1734 or 0x1171E || (CodePoints.CategoryOf(c) == UnicodeCategory.NonSpacingMark && UnicodeNormalization.Marks.Contains(c)
            && c is not ((>= 0x8D4 and <= 0x8E1) or 0x1885 or 0x1886 or 0x1DFB or 0xA8C5 or 0xA9BD or 0x111CF or 0x1123E or (>= 0x11438 and <= 0x11446)
                or (>= 0x11C30 and <= 0x11CB6) or (>= 0x1E000 and <= 0x1E02A) or (>= 0x1E944 and <= 0x1E94A)));

    private static bool IsIdeograph(int c) =>
        c is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
            or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
