using System.Numerics;

namespace TSpin.Data.Audit;

/// <summary>
/// Examples of which at least 80% of the different runs of five words are the same (Jaccard), in the prompt and in the
/// answer alike; parts of fewer than five words must be the same. Runs in more than 5% of the examples (and more than 10)
/// are a template's and do not count. Candidates by MinHash (100 values in 20 bands, arXiv 1406.4784's densification),
/// then counted exactly: what is reported is so, and of pairs at 80% about 1 in 1000 is missed.
/// </summary>
internal static class NearDuplicates
{
    /// <summary>Words of a run.</summary>
    public const int RunWords = 5;

    /// <summary>Share of common runs from which on two texts are nearly the same.</summary>
    public const double Likeness = 0.8;

    private const int Bands = 20;
    private const int BandRows = 5;
    private const int Values = Bands * BandRows;
    private const int TableBits = 22;
    private const double TemplateShare = 0.05;
    private const int TemplateRows = 10;

    // Of two texts at 80%, that fewer of 100 values agree than this has a chance of 1 in 10,000.
    private const int FewestAgreeing = 64;

    public static IEnumerable<DataFinding> Find(AuditedRow[] rows, HashSet<int> duplicates)
    {
        var template = Templates(rows);
        var signatures = new uint[rows.Length][];
        Parallel.For(0, rows.Length, i =>
            signatures[i] = duplicates.Contains(rows[i].Example.Index) ? [] : Signature(rows[i].Example, template));
        var found = new int[rows.Length];
        Array.Fill(found, -1);
        for (var band = 0; band < Bands; band++)
        {
            // The first of a bucket, and the last that was nothing's duplicate.
            var buckets = new Dictionary<ulong, (int First, int Last)>(rows.Length);
            for (var i = 0; i < rows.Length; i++)
            {
                if (signatures[i].Length == 0)
                {
                    continue;
                }

                var key = Key(signatures[i].AsSpan(band * BandRows, BandRows));
                if (!buckets.TryGetValue(key, out var bucket))
                {
                    buckets.Add(key, (i, i));
                    continue;
                }

                found[i] = found[i] >= 0 ? found[i] : AreAlike(bucket.First, i) ? bucket.First
                    : bucket.Last != bucket.First && AreAlike(bucket.Last, i) ? bucket.Last : -1;
                buckets[key] = found[i] >= 0 ? bucket : (bucket.First, i);
            }
        }

        for (var i = 0; i < rows.Length; i++)
        {
            if (found[i] >= 0)
            {
                var (example, other) = (rows[i].Example, rows[found[i]].Example);
                var (prompts, answers) = (Share(example.Prompt, other.Prompt), Share(example.Response, other.Response));
                yield return DataFinding.Of(FindingKind.NearDuplicate, FindingSeverity.Warning, example, FormattableString.Invariant(
                    $"{100 * prompts:F0}% of the prompt's and {100 * answers:F0}% of the answer's runs of {RunWords} words are those of {Path.GetFileName(other.SourceFile)}:{other.SourceLine}"),
                    other);
            }
        }

        bool AreAlike(int a, int b)
        {
            var agreeing = 0;
            for (var k = 0; k < Values; k++)
            {
                agreeing += signatures[a][k] == signatures[b][k] ? 1 : 0;
            }

            return agreeing >= FewestAgreeing
                && Share(rows[a].Example.Prompt, rows[b].Example.Prompt) >= Likeness
                && Share(rows[a].Example.Response, rows[b].Example.Response) >= Likeness;
        }
    }

    /// <summary>Jaccard's index of the runs of two texts; of a text of fewer words than a run 1 or 0.</summary>
    internal static double Share(string a, string b)
    {
        var (words, others) = (WordHashes.Of(a), WordHashes.Of(b));
        if (words.Length < RunWords || others.Length < RunWords)
        {
            return ExampleOverlap.Normalize(a) == ExampleOverlap.Normalize(b) ? 1 : 0;
        }

        var (left, right) = (WordHashes.Runs(words, RunWords), WordHashes.Runs(others, RunWords));
        var (i, j, common) = (0, 0, 0);
        while (i < left.Length && j < right.Length)
        {
            var order = left[i].CompareTo(right[j]);
            common += order == 0 ? 1 : 0;
            (i, j) = (order <= 0 ? i + 1 : i, order >= 0 ? j + 1 : j);
        }

        return (double)common / (left.Length + right.Length - common);
    }

    // Counts of runs by the first bits of their hashes. Two that meet count together, which makes a template of one only
    // where 5% of the examples hold the other.
    private static (int[] Counts, int Most) Templates(AuditedRow[] rows)
    {
        var counts = new int[1 << TableBits];
        Parallel.For(0, rows.Length, i =>
        {
            foreach (var run in RunsOf(rows[i].Example))
            {
                Interlocked.Increment(ref counts[run >> (64 - TableBits)]);
            }
        });
        return (counts, Math.Max(TemplateRows, (int)(TemplateShare * rows.Length)));
    }

    private static ulong[] RunsOf(AnnotatedExample example) =>
        WordHashes.Runs([.. WordHashes.Of(example.Prompt), .. WordHashes.Of(example.Response)], RunWords);

    private static uint[] Signature(AnnotatedExample example, (int[] Counts, int Most) template)
    {
        var values = new uint[Values];
        Array.Fill(values, uint.MaxValue);
        var isEmpty = true;
        foreach (var run in RunsOf(example))
        {
            if (template.Counts[run >> (64 - TableBits)] > template.Most)
            {
                continue;
            }

            isEmpty = false;
            var mixed = Mix(run);
            ref var least = ref values[(int)(mixed % Values)];
            least = Math.Min(least, (uint)(mixed >> 33));
        }

        if (isEmpty)
        {
            return [];
        }

        // An empty place takes the value of the next full one along a sequence that is the same for all texts.
        var full = (uint[])values.Clone();
        for (var k = 0; k < Values; k++)
        {
            for (var attempt = 1UL; values[k] == uint.MaxValue; attempt++)
            {
                values[k] = full[(int)(Mix(((ulong)k << 32) | attempt) % Values)];
            }
        }

        return values;
    }

    private static ulong Key(ReadOnlySpan<uint> values)
    {
        var key = 0UL;
        foreach (var value in values)
        {
            key = Mix(BitOperations.RotateLeft(key, 17) ^ value);
        }

        return key;
    }

    // SplitMix64's last steps.
    private static ulong Mix(ulong value)
    {
        value = (value + 0x9E3779B97F4A7C15UL) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }
}
