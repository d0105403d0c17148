using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace TSpin.ChatTemplates.Jinja;

/// <summary>
/// Upper, lower and title case as Python's strings have them (Unicode's full mappings, SpecialCasing.txt and CaseFolding.txt): a letter may become several, and a
/// sigma at a word's end is another letter. .NET maps one letter to one.
/// </summary>
internal static class Casing
{
    // What follows a letter up to the blank is what it becomes; other letters become what .NET makes of them.
    private static readonly FrozenDictionary<char, string> UpperTable = Table(
        "ßSS ıI ŉ\u02bcN ſS ǰJ\u030c ΐΙ\u0308\u0301 ΰΥ\u0308\u0301 ևԵՒ \u1c8a\u1c8a ẖH\u0331 ẗT\u0308 ẘW\u030a ẙY\u030a " +
        "ẚA\u02be ὐΥ\u0313 ὒΥ\u0313\u0300 ὔΥ\u0313\u0301 ὖΥ\u0313\u0342 ᾀἈΙ ᾁἉΙ ᾂἊΙ ᾃἋΙ ᾄἌΙ ᾅἍΙ ᾆἎΙ ᾇἏΙ ᾈἈΙ ᾉἉΙ ᾊἊΙ ᾋἋΙ ᾌἌΙ " +
        "ᾍἍΙ ᾎἎΙ ᾏἏΙ ᾐἨΙ ᾑἩΙ ᾒἪΙ ᾓἫΙ ᾔἬΙ ᾕἭΙ ᾖἮΙ ᾗἯΙ ᾘἨΙ ᾙἩΙ ᾚἪΙ ᾛἫΙ ᾜἬΙ ᾝἭΙ ᾞἮΙ ᾟἯΙ ᾠὨΙ ᾡὩΙ ᾢὪΙ ᾣὫΙ ᾤὬΙ ᾥὭΙ ᾦὮΙ ᾧὯΙ ᾨὨΙ ᾩὩΙ " +
        "ᾪὪΙ ᾫὫΙ ᾬὬΙ ᾭὭΙ ᾮὮΙ ᾯὯΙ ᾲᾺΙ ᾳΑΙ ᾴΆΙ ᾶΑ\u0342 ᾷΑ\u0342Ι ᾼΑΙ ῂῊΙ ῃΗΙ ῄΉΙ ῆΗ\u0342 ῇΗ\u0342Ι ῌΗΙ ῒΙ\u0308\u0300 " +
        "ΐΙ\u0308\u0301 ῖΙ\u0342 ῗΙ\u0308\u0342 ῢΥ\u0308\u0300 ΰΥ\u0308\u0301 ῤΡ\u0313 ῦΥ\u0342 ῧΥ\u0308\u0342 ῲῺΙ ῳΩΙ ῴΏΙ " +
        "ῶΩ\u0342 ῷΩ\u0342Ι ῼΩΙ \ua7cd\ua7cd \ua7db\ua7db ﬀFF ﬁFI ﬂFL ﬃFFI ﬄFFL ﬅST ﬆST ﬓՄՆ ﬔՄԵ ﬕՄԻ ﬖՎՆ ﬗՄԽ");

    // Letters that begin a word otherwise than they stand in a word of capitals.
    private static readonly FrozenDictionary<char, string> TitleTable = Table(
        "ßSs Ǆǅ ǅǅ ǆǅ Ǉǈ ǈǈ ǉǈ Ǌǋ ǋǋ ǌǋ Ǳǲ ǲǲ ǳǲ ևԵւ ᾀᾈ ᾁᾉ ᾂᾊ ᾃᾋ ᾄᾌ ᾅᾍ ᾆᾎ ᾇᾏ ᾈᾈ ᾉᾉ ᾊᾊ ᾋᾋ ᾌᾌ ᾍᾍ ᾎᾎ ᾏᾏ ᾐᾘ ᾑᾙ ᾒᾚ ᾓᾛ ᾔᾜ ᾕᾝ ᾖᾞ ᾗᾟ " +
        "ᾘᾘ ᾙᾙ ᾚᾚ ᾛᾛ ᾜᾜ ᾝᾝ ᾞᾞ ᾟᾟ ᾠᾨ ᾡᾩ ᾢᾪ ᾣᾫ ᾤᾬ ᾥᾭ ᾦᾮ ᾧᾯ ᾨᾨ ᾩᾩ ᾪᾪ ᾫᾫ ᾬᾬ ᾭᾭ ᾮᾮ ᾯᾯ ᾲᾺ\u0345 ᾳᾼ ᾴΆ\u0345 ᾷΑ\u0342\u0345 ᾼᾼ " +
        "ῂῊ\u0345 ῃῌ ῄΉ\u0345 ῇΗ\u0342\u0345 ῌῌ ῲῺ\u0345 ῳῼ ῴΏ\u0345 ῷΩ\u0342\u0345 ῼῼ ﬀFf ﬁFi ﬂFl ﬃFfi ﬄFfl ﬅSt ﬆSt ﬓՄն ﬔՄե " +
        "ﬕՄի ﬖՎն ﬗՄխ");

    // For comparing without case, where that is not lower case.
    private static readonly FrozenDictionary<char, string> FoldTable = Table(
        "µμ ßss ŉ\u02bcn ſs ǰj\u030c \u0345ι ΐι\u0308\u0301 ΰυ\u0308\u0301 ςσ ϐβ ϑθ ϕφ ϖπ ϰκ ϱρ ϵε ևեւ ᲀв ᲁд ᲂо ᲃс ᲄт ᲅт ᲆъ ᲇѣ " +
        "ᲈꙋ ẖh\u0331 ẗt\u0308 ẘw\u030a ẙy\u030a ẚa\u02be ẛṡ ẞss ὐυ\u0313 ὒυ\u0313\u0300 ὔυ\u0313\u0301 ὖυ\u0313\u0342 ᾀἀι ᾁἁι " +
        "ᾂἂι ᾃἃι ᾄἄι ᾅἅι ᾆἆι ᾇἇι ᾈἀι ᾉἁι ᾊἂι ᾋἃι ᾌἄι ᾍἅι ᾎἆι ᾏἇι ᾐἠι ᾑἡι ᾒἢι ᾓἣι ᾔἤι ᾕἥι ᾖἦι ᾗἧι ᾘἠι ᾙἡι ᾚἢι ᾛἣι ᾜἤι ᾝἥι ᾞἦι " +
        "ᾟἧι ᾠὠι ᾡὡι ᾢὢι ᾣὣι ᾤὤι ᾥὥι ᾦὦι ᾧὧι ᾨὠι ᾩὡι ᾪὢι ᾫὣι ᾬὤι ᾭὥι ᾮὦι ᾯὧι ᾲὰι ᾳαι ᾴάι ᾶα\u0342 ᾷα\u0342ι ᾼαι ιι ῂὴι ῃηι ῄήι " +
        "ῆη\u0342 ῇη\u0342ι ῌηι ῒι\u0308\u0300 ΐι\u0308\u0301 ῖι\u0342 ῗι\u0308\u0342 ῢυ\u0308\u0300 ΰυ\u0308\u0301 ῤρ\u0313 " +
        "ῦυ\u0342 ῧυ\u0308\u0342 ῲὼι ῳωι ῴώι ῶω\u0342 ῷω\u0342ι ῼωι ﬀff ﬁfi ﬂfl ﬃffi ﬄffl ﬅst ﬆst ﬓմն ﬔմե ﬕմի ﬖվն ﬗմխ");

    private const string IgnorableMarks = "'.:\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a";

    public static string Upper(string text) => Mapped(text, UpperAt);

    /// <summary>Lower case of a text, or of the part of it that begins at some place: what stands before decides over a sigma.</summary>
    public static string Lower(string text, int from = 0) =>
        text.AsSpan(from).IndexOfAny('\u0130', '\u03a3') < 0 ? text[from..].ToLowerInvariant() : Mapped(text, LowerAt, from);

    /// <summary>The first letter as titles have it, the rest in lower case.</summary>
    public static string Capitalize(string text) => text.Length == 0 ? "" : TitleAt(text, 0) + Lower(text, Length(text, 0));

    /// <summary>Every letter that follows no letter as titles have it, the others in lower case.</summary>
    public static string Title(string text)
    {
        var isInWord = false;
        return Mapped(text, (whole, at) =>
        {
            var result = isInWord ? LowerAt(whole, at) : TitleAt(whole, at);
            isInWord = IsCased(whole, at);
            return result;
        });
    }

    /// <summary>Upper case for lower and the other way round.</summary>
    public static string Swap(string text) => Mapped(text, (whole, at) => CharUnicodeInfo.GetUnicodeCategory(whole, at) switch
    {
        UnicodeCategory.UppercaseLetter => LowerAt(whole, at),
        UnicodeCategory.LowercaseLetter => UpperAt(whole, at),
        _ => whole.Substring(at, Length(whole, at)),
    });

    /// <summary>For comparing without case.</summary>
    public static string Fold(string text) => Mapped(text, (whole, at) => FoldTable.TryGetValue(whole[at], out var folded) ? folded : whole[at] switch
    {
        // Cherokee folds to its capitals.
        >= '\u13a0' and <= '\u13f5' => whole[at].ToString(),
        >= '\u13f8' and <= '\u13fd' => ((char)(whole[at] - 8)).ToString(),
        >= '\uab70' and <= '\uabbf' => ((char)(whole[at] - 0xab70 + 0x13a0)).ToString(),
        '\u0130' => "i\u0307",
        _ => whole.Substring(at, Length(whole, at)).ToLowerInvariant(),
    });

    private static string Mapped(string text, Func<string, int, string> map, int from = 0)
    {
        var result = new StringBuilder(text.Length - from);
        for (var at = from; at < text.Length; at += Length(text, at))
        {
            result.Append(map(text, at));
        }

        return result.ToString();
    }

    private static string UpperAt(string text, int at) => UpperTable.TryGetValue(text[at], out var upper) ? upper : text.Substring(at, Length(text, at)).ToUpperInvariant();

    private static string LowerAt(string text, int at) => text[at] switch
    {
        '\u0130' => "i\u0307",
        '\u03a3' => EndsWord(text, at) ? "\u03c2" : "\u03c3",
        _ => text.Substring(at, Length(text, at)).ToLowerInvariant(),
    };

    // Georgian has capitals, but no titles.
    private static string TitleAt(string text, int at) => TitleTable.TryGetValue(text[at], out var title) ? title
        : text[at] is >= '\u10d0' and <= '\u10ff' ? text[at].ToString() : UpperAt(text, at);

    private static bool EndsWord(string text, int at)
    {
        var before = at - 1;
        while (before >= 0 && IsIgnorable(text, Start(text, before)))
        {
            before = Start(text, before) - 1;
        }

        var after = at + 1;
        while (after < text.Length && IsIgnorable(text, after))
        {
            after += Length(text, after);
        }

        return before >= 0 && IsCased(text, Start(text, before)) && !(after < text.Length && IsCased(text, after));
    }

    private static bool IsCased(string text, int at) => CharUnicodeInfo.GetUnicodeCategory(text, at) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
        || text[at] is '\u00aa' or '\u00ba' or (>= '\u2160' and <= '\u217f') or (>= '\u24b6' and <= '\u24e9');

    private static bool IsIgnorable(string text, int at) => CharUnicodeInfo.GetUnicodeCategory(text, at) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark
        or UnicodeCategory.Format or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol || IgnorableMarks.Contains(text[at], StringComparison.Ordinal);

    private static int Length(string text, int at) => char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1;

    private static int Start(string text, int at) => char.IsLowSurrogate(text[at]) && at > 0 && char.IsHighSurrogate(text[at - 1]) ? at - 1 : at;

    private static FrozenDictionary<char, string> Table(string entries) => entries.Split(' ').ToFrozenDictionary(entry => entry[0], entry => entry[1..]);
}
