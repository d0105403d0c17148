using System.Globalization;
using TSpin.Tokens.Text;

namespace TSpin.Tokens.Patterns;

/// <summary>
/// Unicode 14, by which the Oniguruma in tokenizers (6.9.8) classifies, where the framework's newer tables (16) differ: to it, later code
/// points are unassigned. A test compares every class with the library over all of Unicode.
/// </summary>
internal static class UnicodeFourteen
{
    private static readonly (int First, int Last)[] Later = CodePointRanges.Parse(string.Join(' ', """
        897 CF3 ECE 1B4E-1B4F 1B7F 1C89-1C8A 2427-2429 2FFC-2FFF 31E4-31E5 31EF A7CB-A7CD A7DA-A7DC 105C0-105F3 10D40-10D65 10D69-10D85 10D8E-10D8F
        10EC2-10EC4 10EFC-10EFF 1123F-11241 11380-11389 1138B 1138E 11390-113B5 113B7-113C0 113C2 113C5 113C7-113CA 113CC-113D5 113D7-113D8 113E1-113E2
        116D0-116E3 11B00-11B09 11BC0-11BE1 11BF0-11BF9 11F00-11F10 11F12-11F3A 11F3E-11F5A 1342F 13439-13455 13460-143FA 16100-16139 16D40-16D79 18CFF 1B132
        1B155 1CC00-1CCF9 1CD00-1CEB3 1D2C0-1D2D3 1DF25-1DF2A 1E030-1E06D 1E08F 1E4D0-1E4F9 1E5D0-1E5FA 1E5FF 1F6DC 1F774-1F776 1F77B-1F77F 1F7D9 1F8B2-1F8BB
        1F8C0-1F8C1 1FA75-1FA77 1FA87-1FA89 1FA8F 1FAAD-1FAAF 1FABB-1FABF 1FAC6 1FACE-1FACF 1FADA-1FADC 1FADF 1FAE8-1FAE9 1FAF7-1FAF8 1FBCB-1FBEF 2B739
        2EBF0-2EE5D 31350-323AF
        """.Split('\n')));

    // Marks that became Alphabetic later.
    private static readonly (int First, int Last)[] LaterAlphabetic = CodePointRanges.Parse("363-36F C04 F82-F83 1DD3-1DE6 11080-11081");

    public static UnicodeCategory CategoryOf(int codePoint) => codePoint switch
    {
        0x1171E => UnicodeCategory.NonSpacingMark,
        _ when CodePointRanges.Contain(Later, codePoint) => UnicodeCategory.OtherNotAssigned,
        _ => CodePoints.CategoryOf(codePoint),
    };

    public static bool IsAlphabeticMark(int codePoint) =>
        UnicodeNormalization.AlphabeticMarks.Contains(codePoint) && !CodePointRanges.Contain(LaterAlphabetic, codePoint) && !CodePointRanges.Contain(Later, codePoint);
}
