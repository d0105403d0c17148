using System.Runtime.InteropServices;

namespace TSpin.Data;

/// <summary>
/// Finds evaluation examples that stand, wholly or in part, in the training data: the same prompt, or 13 words in a row (the length that GPT-3's authors looked for, arXiv 2005.14165,
/// appendix C). A word is a run of letters and digits; letter case does not count.
/// </summary>
public static class TextOverlap
{
    /// <summary>Words in a row that count as copied.</summary>
    public const int Words = 13;

    /// <summary>Counts.</summary>
    /// <param name="training">Prompt and whole text (prompt and response) of every training example; gone through once.</param>
    /// <param name="evaluation">Sets of evaluation examples by name: prompt and whole text of each.</param>
    /// <returns>One for each set, in their order.</returns>
    public static IReadOnlyList<OverlapCount> Count(
        IEnumerable<(string Prompt, string Text)> training, IReadOnlyList<(string Name, IReadOnlyList<(string Prompt, string Text)> Examples)> evaluation)
    {
        // The evaluation side is small; training data are only passed by.
        var prompts = new Dictionary<string, List<(int Set, int Example)>>(StringComparer.Ordinal);
        var runs = new Dictionary<ulong, List<(int Set, int Example)>>();
        var same = evaluation.Select(set => new bool[set.Examples.Count]).ToArray();
        var shared = evaluation.Select(set => new bool[set.Examples.Count]).ToArray();
        for (var set = 0; set < evaluation.Count; set++)
        {
            for (var i = 0; i < evaluation[set].Examples.Count; i++)
            {
                var (prompt, text) = evaluation[set].Examples[i];
                Add(prompts, ExampleOverlap.Normalize(prompt), (set, i));
                foreach (var run in RunsOf(text).Distinct())
                {
                    Add(runs, run, (set, i));
                }
            }
        }

        foreach (var (prompt, text) in prompts.Count > 0 ? training : [])
        {
            Mark(prompts, ExampleOverlap.Normalize(prompt), same);
            foreach (var run in RunsOf(text))
            {
                Mark(runs, run, shared);
            }
        }

        return [.. evaluation.Select((set, i) => new OverlapCount(set.Name, set.Examples.Count, same[i].Count(found => found), shared[i].Where((found, j) => found || same[i][j]).Count()))];
    }

    private static void Add<TKey>(Dictionary<TKey, List<(int, int)>> known, TKey key, (int, int) place)
        where TKey : notnull
    {
        ref var places = ref CollectionsMarshal.GetValueRefOrAddDefault(known, key, out _);
        (places ??= []).Add(place);
    }

    private static void Mark<TKey>(Dictionary<TKey, List<(int Set, int Example)>> known, TKey key, bool[][] marks)
        where TKey : notnull
    {
        // What was found once need not be found again.
        if (known.Remove(key, out var places))
        {
            foreach (var (set, example) in places)
            {
                marks[set][example] = true;
            }
        }
    }

    // A 64-bit hash of every 13 words in a row; two different ones meet once in 10^19 pairs.
    private static IEnumerable<ulong> RunsOf(string text)
    {
        var words = WordHashes.Of(text);
        for (var i = Words; i <= words.Length; i++)
        {
            yield return WordHashes.Join(words.AsSpan(i - Words, Words));
        }
    }
}
