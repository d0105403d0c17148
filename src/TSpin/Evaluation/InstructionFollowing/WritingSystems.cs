using System.Text;

namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>Which script a letter belongs to.</summary>
internal static class WritingSystems
{
    private static readonly (int First, int Last, WritingSystem System, string? Language)[] Ranges =
    [
        (0x41, 0x24f, WritingSystem.Latin, null),
        (0x370, 0x3ff, WritingSystem.Greek, "el"),
        (0x400, 0x52f, WritingSystem.Cyrillic, null),
        (0x590, 0x5ff, WritingSystem.Hebrew, "he"),
        (0x600, 0x77f, WritingSystem.Arabic, null),
        (0x900, 0x97f, WritingSystem.Devanagari, null),
        (0x980, 0x9ff, WritingSystem.Bengali, "bn"),
        (0xa00, 0xa7f, WritingSystem.Gurmukhi, "pa"),
        (0xa80, 0xaff, WritingSystem.Gujarati, "gu"),
        (0xb80, 0xbff, WritingSystem.Tamil, "ta"),
        (0xc00, 0xc7f, WritingSystem.Telugu, "te"),
        (0xc80, 0xcff, WritingSystem.Kannada, "kn"),
        (0xd00, 0xd7f, WritingSystem.Malayalam, "ml"),
        (0xe00, 0xe7f, WritingSystem.Thai, "th"),
        (0x1e00, 0x1eff, WritingSystem.Latin, null),
        (0x3040, 0x30ff, WritingSystem.Kana, "ja"),
        (0x4e00, 0x9fff, WritingSystem.Han, "zh-cn"),
        (0xac00, 0xd7af, WritingSystem.Hangul, "ko"),
    ];

    /// <summary>The language of a script that has but one, as langdetect names it; null for the others.</summary>
    public static string? OnlyLanguage(WritingSystem system) =>
        Array.Find(Ranges, range => range.System == system).Language;

    /// <summary>How many letters of each script a text has; other characters do not count.</summary>
    public static Dictionary<WritingSystem, int> Count(string text)
    {
        var counts = new Dictionary<WritingSystem, int>();
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsLetter(rune)
                && Array.FindIndex(Ranges, range => rune.Value >= range.First
                && rune.Value <= range.Last) is >= 0 and var at)
            {
                counts[Ranges[at].System] = counts.GetValueOrDefault(Ranges[at].System) + 1;
            }
        }

        return counts;
    }
}
