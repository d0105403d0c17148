using System.Globalization;
using System.Text;
using TSpin.Tokens.Text;

namespace TSpin.Tokens.Patterns;

/// <summary>The named classes of regular expressions (<c>\p{…}</c>, <c>[:…:]</c>, <c>\s</c> and the like) and case folding, as Oniguruma has them for UTF-8.</summary>
internal static class CharacterClasses
{
    private static readonly Dictionary<string, CodePointSet> Named = MakeNamed();
    private static readonly Lazy<Dictionary<int, int[]>> CaseVariants = new(MakeCaseVariants);

    public static CodePointSet Digit => Named["nd"];

    public static CodePointSet HexDigit => Named["xdigit"];

    /// <summary>The class of a property name, case, spaces, hyphens and underscores ignored; null when there is none of that name.</summary>
    public static CodePointSet? Find(string name)
    {
        var key = new string([.. name.Where(c => c is not (' ' or '_' or '-')).Select(char.ToLowerInvariant)]);
        return Named.GetValueOrDefault(key);
    }

    /// <summary>The set and every other case of its members.</summary>
    public static CodePointSet IgnoringCase(CodePointSet set) => new(c =>
        set.Contains(c) || (CaseVariants.Value.TryGetValue(Fold(c), out var variants) && variants.Any(set.Contains)));

    private static int Fold(int c)
    {
        switch (c)
        {
            case 0x17F:
                return 's';
            case 0x1E9E:
                return 0xDF;
            case 0x130 or 0x131 or (>= 0xD800 and <= 0xDFFF):
                return c;
            default:
                var upper = Rune.ToUpperInvariant(Rune.ToLowerInvariant(new Rune(c)));
                return Rune.ToLowerInvariant(upper).Value;
        }
    }

    private static Dictionary<int, int[]> MakeCaseVariants()
    {
        // All cased scripts lie below U+20000.
        var groups = new Dictionary<int, List<int>>();
        for (var c = 0; c < 0x20000; c++)
        {
            var fold = Fold(c);
            if (fold != c)
            {
                if (!groups.TryGetValue(fold, out var group))
                {
                    groups[fold] = group = [fold];
                }

                group.Add(c);
            }
        }

        return groups.ToDictionary(g => g.Key, g => g.Value.ToArray());
    }

    private static Dictionary<string, CodePointSet> MakeNamed()
    {
        var names = new Dictionary<string, CodePointSet>(StringComparer.Ordinal);
        void Category(string names_, params UnicodeCategory[] categories)
        {
            var set = new CodePointSet(c => Array.IndexOf(categories, CodePoints.CategoryOf(c)) >= 0);
            foreach (var name in names_.Split(' '))
            {
                names[name] = set;
            }
        }

        Category("lu uppercaseletter", UnicodeCategory.UppercaseLetter);
        Category("ll lowercaseletter", UnicodeCategory.LowercaseLetter);
        Category("lt titlecaseletter", UnicodeCategory.TitlecaseLetter);
        Category("lm modifierletter", UnicodeCategory.ModifierLetter);
        Category("lo otherletter", UnicodeCategory.OtherLetter);
        Category("lc casedletter", UnicodeCategory.UppercaseLetter, UnicodeCategory.LowercaseLetter, UnicodeCategory.TitlecaseLetter);
        Category("l letter", UnicodeCategory.UppercaseLetter, UnicodeCategory.LowercaseLetter, UnicodeCategory.TitlecaseLetter, UnicodeCategory.ModifierLetter, UnicodeCategory.OtherLetter);
        Category("mn nonspacingmark", UnicodeCategory.NonSpacingMark);
        Category("mc spacingmark", UnicodeCategory.SpacingCombiningMark);
        Category("me enclosingmark", UnicodeCategory.EnclosingMark);
        Category("m mark combiningmark", UnicodeCategory.NonSpacingMark, UnicodeCategory.SpacingCombiningMark, UnicodeCategory.EnclosingMark);
        Category("nd decimalnumber digit", UnicodeCategory.DecimalDigitNumber);
        Category("nl letternumber", UnicodeCategory.LetterNumber);
        Category("no othernumber", UnicodeCategory.OtherNumber);
        Category("n number", UnicodeCategory.DecimalDigitNumber, UnicodeCategory.LetterNumber, UnicodeCategory.OtherNumber);
        Category("pc connectorpunctuation", UnicodeCategory.ConnectorPunctuation);
        Category("pd dashpunctuation", UnicodeCategory.DashPunctuation);
        Category("ps openpunctuation", UnicodeCategory.OpenPunctuation);
        Category("pe closepunctuation", UnicodeCategory.ClosePunctuation);
        Category("pi initialpunctuation", UnicodeCategory.InitialQuotePunctuation);
        Category("pf finalpunctuation", UnicodeCategory.FinalQuotePunctuation);
        Category("po otherpunctuation", UnicodeCategory.OtherPunctuation);
        Category("p punctuation", UnicodeCategory.ConnectorPunctuation, UnicodeCategory.DashPunctuation, UnicodeCategory.OpenPunctuation, UnicodeCategory.ClosePunctuation, UnicodeCategory.InitialQuotePunctuation, UnicodeCategory.FinalQuotePunctuation, UnicodeCategory.OtherPunctuation);
        Category("sm mathsymbol", UnicodeCategory.MathSymbol);
        Category("sc currencysymbol", UnicodeCategory.CurrencySymbol);
        Category("sk modifiersymbol", UnicodeCategory.ModifierSymbol);
        Category("so othersymbol", UnicodeCategory.OtherSymbol);
        Category("s symbol", UnicodeCategory.MathSymbol, UnicodeCategory.CurrencySymbol, UnicodeCategory.ModifierSymbol, UnicodeCategory.OtherSymbol);
        Category("zs spaceseparator", UnicodeCategory.SpaceSeparator);
        Category("zl lineseparator", UnicodeCategory.LineSeparator);
        Category("zp paragraphseparator", UnicodeCategory.ParagraphSeparator);
        Category("z separator", UnicodeCategory.SpaceSeparator, UnicodeCategory.LineSeparator, UnicodeCategory.ParagraphSeparator);
        Category("cc control cntrl", UnicodeCategory.Control);
        Category("cf format", UnicodeCategory.Format);
        Category("co privateuse", UnicodeCategory.PrivateUse);
        Category("cs surrogate", UnicodeCategory.Surrogate);
        Category("cn unassigned", UnicodeCategory.OtherNotAssigned);
        Category("c other", UnicodeCategory.Control, UnicodeCategory.Format, UnicodeCategory.PrivateUse, UnicodeCategory.Surrogate, UnicodeCategory.OtherNotAssigned);
        names["any"] = CodePointSet.Any;
        names["ascii"] = new CodePointSet(c => c < 0x80);
        names["assigned"] = names["cn"].Negated();
        names["space"] = names["whitespace"] = CodePoints.WhiteSpace;
        names["blank"] = new CodePointSet(c => c == '\t' || CodePoints.CategoryOf(c) == UnicodeCategory.SpaceSeparator);
        names["word"] = CodePoints.WordWithoutJoiners;
        names["alpha"] = names["alphabetic"] = new CodePointSet(c => names["l"].Contains(c) || names["nl"].Contains(c)
            || (CodePoints.Word.Contains(c) && CodePoints.CategoryOf(c) == UnicodeCategory.OtherSymbol));
        names["alnum"] = names["alpha"].Or(names["nd"]);
        names["lower"] = names["lowercase"] = names["ll"];
        names["upper"] = names["uppercase"] = names["lu"];
        names["punct"] = CodePoints.Punctuation;
        names["xdigit"] = new CodePointSet(c => c < 0x80 && char.IsAsciiHexDigit((char)c));
        names["graph"] = names["space"].Or(names["c"]).Negated();
        names["print"] = names["graph"].Or(names["zs"]);
        foreach (var (script, ranges) in Scripts.Ranges)
        {
            names[script] = new CodePointSet(c => ranges.Any(r => c >= r.First && c <= r.Last) && CodePoints.CategoryOf(c) != UnicodeCategory.OtherNotAssigned);
        }

        return names;
    }
}
