using System.Text;

namespace TSpin.Data.Audit;

/// <summary>
/// Answers in another writing system or language than the others, where at least 80% have one. A language is asked for only
/// where fewer than a tenth of an answer's words are among the (at most 200) that stand in 2% of the answers, and both halves
/// of the answer must be in it: lists of names are in any language.
/// </summary>
internal static class LanguageOutliers
{
    private const double MainShare = 0.8;
    private const int FewestLetters = 20;
    private const int FewestWords = 8;
    private const int CommonWords = 200;
    private const double CommonShare = 0.02;
    private const double FewCommon = 0.1;
    private const int Sample = 50;
    private const int MostAsked = 1000;
    private const int AskedCharacters = 400;

    public static IEnumerable<DataFinding> Find(AuditedRow[] rows, Func<string, string?>? language)
    {
        if (rows.Length < DataAudit.FewestForStatistics)
        {
            yield break;
        }

        var scripts = new Script[rows.Length];
        Parallel.For(0, rows.Length, i => scripts[i] = ScriptOf(rows[i].Example.Response));
        var written = scripts.Where(script => script != Script.None).GroupBy(script => script).MaxBy(group => group.Count());
        if (written is null || written.Count() < MainShare * scripts.Count(script => script != Script.None))
        {
            yield break;
        }

        var main = written.Key;
        for (var i = 0; i < rows.Length; i++)
        {
            if (scripts[i] != main && scripts[i] != Script.None)
            {
                yield return DataFinding.Of(FindingKind.Language, FindingSeverity.Note, rows[i].Example,
                    $"the answer is written in {Name(scripts[i])} letters, the others in {Name(main)} ones");
            }
        }

        if (language is null || main is not (Script.Latin or Script.Cyrillic))
        {
            yield break;
        }

        int[] own = [.. Enumerable.Range(0, rows.Length).Where(i => scripts[i] == main && rows[i].Words >= FewestWords)];
        if (MainLanguage(rows, own, language) is not { } spoken)
        {
            yield break;
        }

        foreach (var i in Unlike(rows, own).Take(MostAsked))
        {
            var text = rows[i].Example.Response;
            var half = text.LastIndexOf(' ', text.Length / 2) is > 0 and var space ? space : text.Length / 2;
            if (Ask(text, language) is { } other && other != spoken && Ask(text[..half], language) == other && Ask(text[half..], language) == other)
            {
                yield return DataFinding.Of(FindingKind.Language, FindingSeverity.Note, rows[i].Example,
                    $"the answer seems to be in another language ({other}) than the others ({spoken})");
            }
        }
    }

    private static string? Ask(string text, Func<string, string?> language) =>
        language(text.Length <= AskedCharacters ? text : text[..AskedCharacters]) is { Length: 2 } told ? told : null;

    private static string? MainLanguage(AuditedRow[] rows, int[] own, Func<string, string?> language)
    {
        var count = Math.Min(Sample, own.Length);
        var told = Enumerable.Range(0, count).Select(k => Ask(rows[own[(int)((long)k * own.Length / count)]].Example.Response, language)).ToArray();
        var main = told.Where(code => code is not null).GroupBy(code => code).MaxBy(group => group.Count());
        return main is not null && main.Count() >= MainShare * count ? main.Key : null;
    }

    // Those with few of the words that stand in most answers.
    private static IEnumerable<int> Unlike(AuditedRow[] rows, int[] own)
    {
        var counts = new Dictionary<ulong, int>();
        int[] sampled = [.. own.Where((_, k) => k % Math.Max(1, own.Length / 2000) == 0)];
        foreach (var word in sampled.SelectMany(i => WordHashes.Of(rows[i].Example.Response).Distinct()))
        {
            counts[word] = counts.GetValueOrDefault(word) + 1;
        }

        var fewest = Math.Max(3, CommonShare * sampled.Length);
        var common = counts.Where(word => word.Value >= fewest).OrderByDescending(word => word.Value).ThenBy(word => word.Key).Take(CommonWords).Select(word => word.Key).ToHashSet();
        return own.Where(i =>
        {
            var words = WordHashes.Of(rows[i].Example.Response);
            return words.Count(common.Contains) < FewCommon * words.Length;
        });
    }

    private enum Script
    {
        None,
        Latin,
        Cyrillic,
        Greek,
        Arabic,
        Hebrew,
        Devanagari,
        Thai,
        Hangul,
        Kana,
        Han,
        Other,
    }

    private static string Name(Script script) => script == Script.Other ? "other" : script.ToString();

    // The script of most letters; kana tells Japanese from Chinese. Code does not count as letters of a language, so few do not.
    private static Script ScriptOf(string text)
    {
        Span<int> counts = stackalloc int[(int)Script.Other + 1];
        var letters = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsLetter(rune))
            {
                counts[(int)Of(rune.Value)]++;
                letters++;
            }
        }

        // A letter of these scripts is a syllable or a word.
        var dense = counts[(int)Script.Han] + counts[(int)Script.Kana] + counts[(int)Script.Hangul];
        if (letters + (2 * dense) < FewestLetters)
        {
            return Script.None;
        }

        var most = 0;
        for (var script = 1; script < counts.Length; script++)
        {
            most = counts[script] > counts[most] ? script : most;
        }

        return (Script)most == Script.Han && counts[(int)Script.Kana] * 10 > counts[(int)Script.Han] ? Script.Kana : (Script)most;
    }

    private static Script Of(int letter) => letter switch
    {
        < 0x250 or (>= 0x1E00 and < 0x1F00) or (>= 0xFF21 and < 0xFF5B) => Script.Latin,
        (>= 0x370 and < 0x400) or (>= 0x1F00 and < 0x2000) => Script.Greek,
        >= 0x400 and < 0x530 => Script.Cyrillic,
        >= 0x590 and < 0x600 => Script.Hebrew,
        (>= 0x600 and < 0x700) or (>= 0x750 and < 0x780) or (>= 0xFB50 and < 0xFE00) or (>= 0xFE70 and < 0xFF00) => Script.Arabic,
        >= 0x900 and < 0x980 => Script.Devanagari,
        >= 0xE00 and < 0xE80 => Script.Thai,
        (>= 0x1100 and < 0x1200) or (>= 0xAC00 and < 0xD7B0) => Script.Hangul,
        >= 0x3040 and < 0x3100 => Script.Kana,
        (>= 0x3400 and < 0xA000) or (>= 0xF900 and < 0xFB00) or (>= 0x20000 and < 0x32000) => Script.Han,
        _ => Script.Other,
    };
}
