using System.Globalization;
using System.Text;

namespace TSpin.Tokenizers.Text;

/// <summary>Code points of UTF-16 text, and the character classes that tokenizers split by (as Rust and Unicode define them).</summary>
internal static class CodePoints
{
    /// <summary>White_Space of the Unicode Character Database, Rust's <c>char::is_whitespace</c>.</summary>
    public static CodePointSet WhiteSpace { get; } = new(c => c <= 0xFFFF && char.IsWhiteSpace((char)c));

    /// <summary>General category N (Nd, Nl, No), Rust's <c>char::is_numeric</c>, which knows the digits that are new in Unicode 17.</summary>
    public static CodePointSet Numeric { get; } = new(c =>
        CategoryOf(c) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber || c is >= 0x11DE0 and <= 0x11DE9);

    /// <summary>
    /// What tokenizers' Punctuation splits at: any ASCII sign that is neither letter, digit, space nor control, or general category P
    /// as it was in Unicode 8.0 (the version of the unicode_categories crate).
    /// </summary>
    public static CodePointSet Punctuation { get; } = new(c => IsAsciiPunctuation(c) || c is 0x166D or 0x111C9
        || (CategoryOf(c) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation && !IsPunctuationSinceUnicode9(c)));

    /// <summary>
    /// <c>\w</c> of Rust's regex crate (UTS 18 annex C): Alphabetic, Mark, Nd, Pc and the joiners. Alphabetic is L, Nl and, outside
    /// of the marks, the circled and squared Latin letters.
    /// </summary>
    public static CodePointSet Word { get; } = new(c => IsWord(c) || c is 0x200C or 0x200D);

    /// <summary><c>\w</c> of Oniguruma: as <see cref="Word"/>, without the joiners, with Latin-1's superscripts and fractions.</summary>
    public static CodePointSet OnigurumaWord { get; } = new(c => IsWord(c) || c is 0xB2 or 0xB3 or 0xB9 or (>= 0xBC and <= 0xBE));

    public static UnicodeCategory CategoryOf(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint);

    /// <summary>The code point at a position and its length in UTF-16 units; a lone surrogate is a code point of its own.</summary>
    public static int At(ReadOnlySpan<char> text, int position, out int units)
    {
        var c = text[position];
        if (char.IsHighSurrogate(c) && position + 1 < text.Length && char.IsLowSurrogate(text[position + 1]))
        {
            units = 2;
            return char.ConvertToUtf32(c, text[position + 1]);
        }

        units = 1;
        return c;
    }

    /// <summary>The code point that ends just before a position, and its length in UTF-16 units.</summary>
    public static int Before(ReadOnlySpan<char> text, int position, out int units)
    {
        var c = text[position - 1];
        if (char.IsLowSurrogate(c) && position >= 2 && char.IsHighSurrogate(text[position - 2]))
        {
            units = 2;
            return char.ConvertToUtf32(text[position - 2], c);
        }

        units = 1;
        return c;
    }

    /// <summary>Appends a code point; a surrogate value becomes U+FFFD.</summary>
    public static void Append(StringBuilder text, int codePoint)
    {
        if (codePoint <= 0xFFFF)
        {
            text.Append(codePoint is >= 0xD800 and <= 0xDFFF ? '\uFFFD' : (char)codePoint);
        }
        else
        {
            text.Append((char)(0xD7C0 + (codePoint >> 10))).Append((char)(0xDC00 | (codePoint & 0x3FF)));
        }
    }

    /// <summary>The text with every lone surrogate replaced by U+FFFD, since such text has no UTF-8 form; the same object when there is none.</summary>
    public static string WithoutLoneSurrogates(string text)
    {
        var first = FirstLoneSurrogate(text);
        if (first < 0)
        {
            return text;
        }

        var units = text.ToCharArray();
        for (var i = first; i < units.Length; i++)
        {
            if (char.IsHighSurrogate(units[i]) && i + 1 < units.Length && char.IsLowSurrogate(units[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(units[i]))
            {
                units[i] = '\uFFFD';
            }
        }

        return new string(units);
    }

    /// <summary>The length of the UTF-8 form in bytes.</summary>
    public static int Utf8Length(ReadOnlySpan<char> text) => Encoding.UTF8.GetByteCount(text);

    public static bool IsAsciiPunctuation(int c) => c is (>= '!' and <= '/') or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~');

    private static bool IsPunctuationSinceUnicode9(int c) =>
        c is 0x61D or 0x9FD or 0xA76 or 0xC77 or 0xC84 or (>= 0x1B4E and <= 0x1B4F) or (>= 0x1B7D and <= 0x1B7F)
            or (>= 0x2E43 and <= 0x2E4F) or (>= 0x2E52 and <= 0x2E5D) or 0x10D6E or 0x10EAD or (>= 0x10F55 and <= 0x10F59)
            or (>= 0x10F86 and <= 0x10F89) or (>= 0x113D4 and <= 0x113D5) or (>= 0x113D7 and <= 0x113D8)
            or (>= 0x1144B and <= 0x1144F) or (>= 0x1145A and <= 0x1145B) or 0x1145D or (>= 0x11660 and <= 0x1166C) or 0x116B9
            or 0x1183B or (>= 0x11944 and <= 0x11946) or 0x119E2 or (>= 0x11A3F and <= 0x11A46) or (>= 0x11A9A and <= 0x11A9C)
            or (>= 0x11A9E and <= 0x11AA2) or (>= 0x11B00 and <= 0x11B09) or 0x11BE1 or (>= 0x11C41 and <= 0x11C45)
            or (>= 0x11C70 and <= 0x11C71) or (>= 0x11EF7 and <= 0x11EF8) or (>= 0x11F43 and <= 0x11F4F) or 0x11FFF
            or (>= 0x12FF1 and <= 0x12FF2) or (>= 0x16D6D and <= 0x16D6F) or (>= 0x16E97 and <= 0x16E9A) or 0x16FE2 or 0x1E5FF
            or (>= 0x1E95E and <= 0x1E95F);

    private static int FirstLoneSurrogate(string text)
    {
        for (var i = 0; i < text.Length;)
        {
            var ahead = text.AsSpan(i).IndexOfAnyInRange('\uD800', '\uDFFF');
            if (ahead < 0)
            {
                return -1;
            }

            i += ahead;
            if (!char.IsHighSurrogate(text[i]) || i + 1 >= text.Length || !char.IsLowSurrogate(text[i + 1]))
            {
                return i;
            }

            i += 2;
        }

        return -1;
    }

    private static bool IsWord(int c) =>
        CategoryOf(c) is <= UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber or UnicodeCategory.DecimalDigitNumber
            or UnicodeCategory.ConnectorPunctuation or (>= UnicodeCategory.NonSpacingMark and <= UnicodeCategory.EnclosingMark)
        || c is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);
}
