using System.Numerics;

namespace TSpin.Data;

/// <summary>Texts as 64-bit hashes of their words: runs of letters and digits, without letter case.</summary>
internal static class WordHashes
{
    private const ulong Start = 14695981039346656037UL;
    private const ulong Prime = 1099511628211UL;

    [ThreadStatic]
    private static List<ulong>? _words;

    /// <summary>A hash for every word, in their order.</summary>
    public static ulong[] Of(string text)
    {
        var words = _words ??= [];
        words.Clear();
        for (var i = 0; i < text.Length;)
        {
            if (!char.IsLetterOrDigit(text[i]))
            {
                i++;
                continue;
            }

            var word = Start;
            for (; i < text.Length && char.IsLetterOrDigit(text[i]); i++)
            {
                word = (word ^ char.ToLowerInvariant(text[i])) * Prime;
            }

            words.Add(word);
        }

        return [.. words];
    }

    /// <summary>One hash of some words in a row.</summary>
    public static ulong Join(ReadOnlySpan<ulong> words)
    {
        var run = 0UL;
        foreach (var word in words)
        {
            run = (BitOperations.RotateLeft(run, 23) ^ word) * 0x9E3779B97F4A7C15UL;
        }

        return run;
    }

    /// <summary>The different runs of some words in a row, sorted; a shorter text is one run.</summary>
    public static ulong[] Runs(ReadOnlySpan<ulong> words, int length)
    {
        if (words.IsEmpty)
        {
            return [];
        }

        var runs = new ulong[Math.Max(1, words.Length - length + 1)];
        for (var i = 0; i < runs.Length; i++)
        {
            // The last step spreads what the multiplications left in the high bits.
            var run = Join(words[i..Math.Min(words.Length, i + length)]);
            runs[i] = run ^ (run >> 32);
        }

        Array.Sort(runs);
        var kept = 1;
        for (var i = 1; i < runs.Length; i++)
        {
            if (runs[i] != runs[kept - 1])
            {
                runs[kept++] = runs[i];
            }
        }

        return kept == runs.Length ? runs : runs[..kept];
    }

    /// <summary>The hash of <see cref="ExampleOverlap.Normalize"/>, without making that text.</summary>
    public static ulong OfNormalized(string text)
    {
        var (hash, isSpace) = (Start, false);
        foreach (var c in text.AsSpan().Trim())
        {
            if (char.IsWhiteSpace(c))
            {
                isSpace = true;
                continue;
            }

            hash = isSpace ? (hash ^ ' ') * Prime : hash;
            isSpace = false;
            hash = (hash ^ char.ToLowerInvariant(c)) * Prime;
        }

        return hash;
    }
}
