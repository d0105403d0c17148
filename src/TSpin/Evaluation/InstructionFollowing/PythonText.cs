using System.Globalization;
using System.Text;
using TSpin.ChatTemplates.Jinja;

namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>Python's methods of strings where .NET's answer otherwise for some text.</summary>
internal static class PythonText
{
    // Letters beyond the categories Lu and Ll that have Unicode's property Uppercase or Lowercase: roman and circled
    // ones, modifiers.
    private static readonly (int First, int Last)[] OtherUpper = [(0x2160, 0x216f), (0x24b6, 0x24cf),
        (0x1f130, 0x1f149), (0x1f150, 0x1f169), (0x1f170, 0x1f189)];

    private static readonly (int First, int Last)[] OtherLower =
    [
        (0xaa, 0xaa), (0xba, 0xba), (0x2b0, 0x2b8), (0x2c0, 0x2c1), (0x2e0, 0x2e4), (0x345, 0x345), (0x37a, 0x37a),
            (0x1d2c, 0x1d6a), (0x1d78, 0x1d78), (0x1d9b, 0x1dbf),
        (0x2071, 0x2071), (0x207f, 0x207f), (0x2090, 0x209c), (0x2170, 0x217f), (0x24d0, 0x24e9), (0x2c7c, 0x2c7d),
            (0xa69c, 0xa69d), (0xa770, 0xa770), (0xa7f8, 0xa7f9),
        (0xab5c, 0xab5f), (0x10780, 0x10780), (0x10783, 0x10785), (0x10787, 0x107b0), (0x107b2, 0x107ba),
    ];

    /// <summary>True for the empty text and for white space alone.</summary>
    public static bool IsBlank(string text) => text.All(PythonString.IsSpace);

    /// <summary><c>str.split()</c>: the words between white space.</summary>
    public static List<string> Words(string text)
    {
        var words = new List<string>();
        for (var at = 0; at < text.Length;)
        {
            var start = at;
            while (at < text.Length && !PythonString.IsSpace(text[at]))
            {
                at++;
            }

            if (at > start)
            {
                words.Add(text[start..at]);
            }

            at++;
        }

        return words;
    }

    /// <summary><c>str.lower()</c>.</summary>
    public static string Lower(string text) => Casing.Lower(text);

    /// <summary><c>str.isupper()</c>: there is a letter with case, and none but capitals among those.</summary>
    public static bool IsUpper(string text) => IsInCase(text, IsUpper);

    /// <summary><c>str.islower()</c>.</summary>
    public static bool IsLower(string text) => IsInCase(text, IsLower);

    /// <summary>
    /// What <c>\w</c> matches, and <c>str.isalnum</c> beside the underscore: letters and numbers of every kind, no
    /// combining marks.
    /// </summary>
    public static bool IsWord(Rune rune) => rune.Value == '_'
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter
        or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber
        or UnicodeCategory.OtherNumber;

    /// <summary>
    /// What <c>\w</c> matches in Python's other engine, the package regex, which nltk uses to count words: letters,
    /// marks, decimal digits, connectors and the joiners, no other numbers.
    /// </summary>
    public static bool IsWordOfRegex(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.OtherNumber => false,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark or UnicodeCategory.ConnectorPunctuation => true,
        UnicodeCategory.OtherSymbol => IsAmong(OtherUpper, rune.Value) || IsAmong(OtherLower, rune.Value),
        _ => IsWord(rune) || rune.Value is 0x200c or 0x200d,
    };

    private static bool IsInCase(string text, Func<Rune, bool> wanted)
    {
        var found = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (wanted(rune))
            {
                found = true;
            }
            else if (IsUpper(rune) || IsLower(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.TitlecaseLetter)
            {
                return false;
            }
        }

        return found;
    }

    private static bool IsUpper(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.UppercaseLetter
        || IsAmong(OtherUpper, rune.Value);

    private static bool IsLower(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.LowercaseLetter
        || IsAmong(OtherLower, rune.Value);

    private static bool IsAmong((int First, int Last)[] ranges, int value) => value >= 0xaa
        && Array.Exists(ranges, range => value >= range.First && value <= range.Last);
}
