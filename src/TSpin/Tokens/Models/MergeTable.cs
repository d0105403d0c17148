namespace TSpin.Tokens.Models;

/// <summary>
/// The merges of a byte pair encoding: which two neighbours may become one, in which order. Merging a word always takes the pair of
/// lowest rank, the leftmost of equals (Sennrich, Haddow, Birch 2016).
/// </summary>
internal sealed class MergeTable
{
    private const int ShortWord = 48;

    private readonly Dictionary<ulong, (int Rank, int Id)> _merges;

    public MergeTable(int expected) => _merges = new Dictionary<ulong, (int, int)>(expected);

    public int Count => _merges.Count;

    /// <summary>Adds a merge; of two for one pair the later counts.</summary>
    public void Add(int left, int right, int rank, int id) => _merges[Key(left, right)] = (rank, id);

    /// <summary>Merges a word in place.</summary>
    /// <returns>How many symbols are left.</returns>
    public int MergeAll(Span<int> symbols) =>
        symbols.Length <= ShortWord ? MergeShort(symbols) : MergeLong(symbols);

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private bool TryFind(int left, int right, out (int Rank, int Id) merge) => _merges.TryGetValue(Key(left, right), out merge);

    /// <summary>Looks for the lowest rank each time: quadratic, but fastest for words as they are.</summary>
    private int MergeShort(Span<int> symbols)
    {
        Span<int> ranks = stackalloc int[ShortWord];
        Span<int> ids = stackalloc int[ShortWord];
        var count = symbols.Length;
        for (var i = 0; i + 1 < count; i++)
        {
            (ranks[i], ids[i]) = TryFind(symbols[i], symbols[i + 1], out var merge) ? merge : (int.MaxValue, 0);
        }

        while (count > 1)
        {
            var best = 0;
            for (var i = 1; i < count - 1; i++)
            {
                if (ranks[i] < ranks[best])
                {
                    best = i;
                }
            }

            if (ranks[best] == int.MaxValue)
            {
                break;
            }

            symbols[best] = ids[best];
            symbols[(best + 2)..count].CopyTo(symbols[(best + 1)..]);
            if (best + 2 < count)
            {
                ranks[(best + 2)..(count - 1)].CopyTo(ranks[(best + 1)..]);
                ids[(best + 2)..(count - 1)].CopyTo(ids[(best + 1)..]);
            }

            count--;
            if (best + 1 < count)
            {
                (ranks[best], ids[best]) = TryFind(symbols[best], symbols[best + 1], out var merge) ? merge : (int.MaxValue, 0);
            }

            if (best > 0)
            {
                (ranks[best - 1], ids[best - 1]) = TryFind(symbols[best - 1], symbols[best], out var merge) ? merge : (int.MaxValue, 0);
            }
        }

        return count;
    }

    /// <summary>A queue of candidate merges over a linked list: n log n for words of any length.</summary>
    private int MergeLong(Span<int> symbols)
    {
        var length = symbols.Length;
        var next = new int[length];
        var previous = new int[length];
        var queue = new PriorityQueue<(int Position, int Left, int Right, int Id), long>(length);
        for (var i = 0; i < length; i++)
        {
            next[i] = i + 1;
            previous[i] = i - 1;
            if (i + 1 < length)
            {
                Offer(queue, symbols, i, i + 1);
            }
        }

        const int Gone = -2;
        while (queue.TryDequeue(out var candidate, out _))
        {
            var position = candidate.Position;
            var right = next[position];
            if (right >= length || previous[position] == Gone || symbols[position] != candidate.Left || symbols[right] != candidate.Right)
            {
                continue;
            }

            symbols[position] = candidate.Id;
            previous[right] = Gone;
            next[position] = next[right];
            if (next[position] < length)
            {
                previous[next[position]] = position;
                Offer(queue, symbols, position, next[position]);
            }

            if (previous[position] >= 0)
            {
                Offer(queue, symbols, previous[position], position);
            }
        }

        var count = 0;
        for (var i = 0; i < length; i = next[i])
        {
            symbols[count++] = symbols[i];
        }

        return count;
    }

    private void Offer(PriorityQueue<(int Position, int Left, int Right, int Id), long> queue, Span<int> symbols, int position, int right)
    {
        if (TryFind(symbols[position], symbols[right], out var merge))
        {
            queue.Enqueue((position, symbols[position], symbols[right], merge.Id), ((long)merge.Rank << 32) | (uint)position);
        }
    }
}
