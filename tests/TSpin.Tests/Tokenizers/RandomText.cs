using System.Text;
using TSpin.Randomness;

namespace TSpin.Tests.Tokenizers;

/// <summary>Random text of the kinds that tokenizers stumble over.</summary>
internal static class RandomText
{
    // Blocks where something happens: combining marks, compatibility forms, right-to-left, jamo, width, private use, emoji, separators, controls.
    private static readonly (int First, int Last)[] Blocks =
    [
        (0x20, 0x7E), (0x20, 0x7E), (0x20, 0x7E), (0xA0, 0xFF), (0x100, 0x17F), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x4FF), (0x5D0, 0x5EA), (0x600, 0x6FF), (0x900, 0x97F),
        (0xE00, 0xE5B), (0x1100, 0x11FF), (0xAC00, 0xD7A3), (0x1E00, 0x1EFF), (0x2000, 0x206F), (0x2070, 0x209F), (0x2100, 0x218F), (0x2460, 0x24FF), (0x2581, 0x2581), (0x3000, 0x30FF),
        (0x3130, 0x33FF), (0x4E00, 0x4F00), (0xE000, 0xE010), (0xF900, 0xFB4F), (0xFDF0, 0xFE0F), (0xFEFF, 0xFEFF), (0xFF00, 0xFFEF), (0xFFF9, 0xFFFD), (0x1D400, 0x1D4FF), (0x1F100, 0x1F1FF),
        (0x1F300, 0x1F64F), (0x2F800, 0x2FA1D), (0x10FFFD, 0x10FFFF), (0x00, 0x1F),
    ];

    private static readonly string[] Separators = [" ", " ", " ", " ", "  ", "   ", "\t", "\n", "\r\n", "\u00A0", "\u3000", "\u2581", "\u200B", ""];

    private static readonly string[] Words =
        ["the", "of", "Ann", "don't", "I'M", "x86", "3.14", "1000000", "<s>", "</s>", "<unk>", "[X]", "<sep>", "<0x41>", "naïve", "Straße", "ﬁn", "ⅳ", "日本語", "한국어", "नमस्ते", "😀👍🏽", "e\u0301", "###", "====", "_id", "\u2581a"];

    /// <summary>Characters from everywhere.</summary>
    public static string Unicode(RandomStream random, int codePoints)
    {
        var text = new StringBuilder();
        for (var i = 0; i < codePoints; i++)
        {
            var (first, last) = Blocks[random.NextInt(Blocks.Length)];
            text.Append(new Rune(random.NextInt(first, last)).ToString());
        }

        return text.ToString();
    }

    /// <summary>Words, numbers and characters from everywhere, with all kinds of space between and around.</summary>
    public static string Mixed(RandomStream random)
    {
        var text = new StringBuilder();
        if (random.NextInt(5) == 0)
        {
            text.Append(Separators[random.NextInt(Separators.Length)]);
        }

        for (var i = random.NextInt(12); i > 0; i--)
        {
            text.Append(random.NextInt(3) switch
            {
                0 => Words[random.NextInt(Words.Length)],
                1 => string.Concat(Enumerable.Range(0, random.NextInt(1, 7)).Select(_ => (char)random.NextInt('a', 'z'))),
                _ => Unicode(random, random.NextInt(1, 4)),
            }).Append(Separators[random.NextInt(Separators.Length)]);
        }

        return text.ToString();
    }
}
