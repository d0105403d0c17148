using System.Collections.Concurrent;

namespace TSpin.Tokenizers.Models;

/// <summary>Remembers the ids of words seen, up to a bound; reading takes no lock.</summary>
internal sealed class WordCache
{
    private const int MaximumWords = 100_000;
    private const int LongestWord = 64;

    private readonly ConcurrentDictionary<string, int[]> _ids = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _bySpan;
    private int _count;

    public WordCache() => _bySpan = _ids.GetAlternateLookup<ReadOnlySpan<char>>();

    public bool TryAppend(ReadOnlySpan<char> word, List<int> output)
    {
        if (word.Length > LongestWord || !_bySpan.TryGetValue(word, out var ids))
        {
            return false;
        }

        output.AddRange(ids.AsSpan());
        return true;
    }

    /// <summary>Remembers the ids appended to a list since it had <paramref name="from"/> of them.</summary>
    public void Remember(ReadOnlySpan<char> word, List<int> output, int from)
    {
        if (word.Length <= LongestWord && Volatile.Read(ref _count) < MaximumWords
            && _bySpan.TryAdd(word, [.. System.Runtime.InteropServices.CollectionsMarshal.AsSpan(output)[from..]]))
        {
            Interlocked.Increment(ref _count);
        }
    }
}
