using System.Globalization;
using System.Text;
using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.Patterns;

/// <summary>The named classes of regular expressions (<c>\p{…}</c>, <c>[:…:]</c>, <c>\s</c> and the like) and case folding, as Oniguruma has them for UTF-8.</summary>
internal static class CharacterClasses
{
    private static readonly Dictionary<string, CodePointSet> Named = MakeNamed();
    private static readonly Lazy<Dictionary<int, int[]>> CaseVariants = new(MakeCaseVariants);

    public static CodePointSet Digit => Named["nd"];

    /// <summary><c>\w</c> inside of brackets, where Oniguruma leaves Latin-1's superscripts and fractions out.</summary>
    public static CodePointSet Word { get; } = CodePoints.Word.And(new CodePointSet(c => c is not (0x200C or 0x200D)));

    public static CodePointSet HexDigit => Named["xdigit"];

    /// <summary>The class of a property name, case, spaces, hyphens and underscores ignored; null when there is none of that name.</summary>
    public static CodePointSet? Find(string name)
    {
        var key = new string([.. name.Where(c => c is not (' ' or '_' or '-')).Select(char.ToLowerInvariant)]);
        return Named.GetValueOrDefault(key);
    }

    /// <summary>The class of a name in <c>[:…:]</c>: that of the property, but for two.</summary>
    public static CodePointSet? FindBracketed(string name) => name switch
    {
        "punct" => Named["p"].Or(Named["s"]),
        "word" => Word,
        _ => Find(name),
    };

    /// <summary>The set and every other case of its members.</summary>
    public static CodePointSet IgnoringCase(CodePointSet set) => new(c =>
        set.Contains(c) || (CaseVariants.Value.TryGetValue(Fold(c), out var variants) && variants.Any(set.Contains)));

    /// <summary>Other_Lowercase of the Unicode Character Database: modifier letters and the like.</summary>
    private static bool IsOtherLowercase(int c) =>
        c is 0xAA or 0xBA or (>= 0x2B0 and <= 0x2B8) or (>= 0x2C0 and <= 0x2C1) or (>= 0x2E0 and <= 0x2E4) or 0x345 or 0x37A or 0x10FC
            or (>= 0x1D2C and <= 0x1D6A) or 0x1D78 or (>= 0x1D9B and <= 0x1DBF) or 0x2071 or 0x207F or (>= 0x2090 and <= 0x209C)
            or (>= 0x2170 and <= 0x217F) or (>= 0x24D0 and <= 0x24E9) or (>= 0x2C7C and <= 0x2C7D) or (>= 0xA69C and <= 0xA69D) or 0xA770
            or (>= 0xA7F2 and <= 0xA7F4) or (>= 0xA7F8 and <= 0xA7F9) or (>= 0xAB5C and <= 0xAB5F) or 0xAB69 or 0x10780
            or (>= 0x10783 and <= 0x10785) or (>= 0x10787 and <= 0x107B0) or (>= 0x107B2 and <= 0x107BA) or (>= 0x1E030 and <= 0x1E06D);

    /// <summary>What a character is compared by when case is ignored, where that is one character.</summary>
    public static int Fold(int c)
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
        names["word"] = CodePoints.OnigurumaWord;
        names["alpha"] = names["alphabetic"] = new CodePointSet(c => names["l"].Contains(c) || names["nl"].Contains(c)
            || UnicodeNormalization.AlphabeticMarks.Contains(c) || (CodePoints.Word.Contains(c) && CodePoints.CategoryOf(c) == UnicodeCategory.OtherSymbol));
        names["alnum"] = names["alpha"].Or(names["nd"]);
        names["lower"] = names["lowercase"] = new CodePointSet(c => names["ll"].Contains(c) || IsOtherLowercase(c));
        names["upper"] = names["uppercase"] = new CodePointSet(c => names["lu"].Contains(c)
            || c is (>= 0x2160 and <= 0x216F) or (>= 0x24B6 and <= 0x24CF) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189));
        names["punct"] = names["p"];
        names["xdigit"] = new CodePointSet(c => c < 0x80 && char.IsAsciiHexDigit((char)c));
        names["graph"] = names["space"].Or(names["cc"]).Or(names["cs"]).Or(names["cn"]).Negated();
        names["print"] = names["graph"].Or(names["zs"]);
        foreach (var (script, ranges) in Scripts.Ranges)
        {
            names[script] = new CodePointSet(c => CodePointRanges.Contain(ranges, c));
        }

        return names;
    }
}
