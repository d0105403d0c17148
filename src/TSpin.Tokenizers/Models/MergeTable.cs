using System.Numerics;

namespace TSpin.Tokenizers.Models;

/// <summary>
/// The merges of a byte pair encoding: which two neighbours may become one, in which order. Merging a word always takes the pair of
/// lowest rank, the leftmost of equals (Sennrich, Haddow, Birch 2016).
/// </summary>
internal sealed class MergeTable
{
    private const int ShortWord = 48;

    // An open-addressed table: the framework's hash of a pair packed into 64 bits is left ^ right, the same for all pairs of twins.
    private const ulong Free = ulong.MaxValue;
    private const ulong Mixer = 0x9E3779B97F4A7C15;

    private readonly ulong[] _keys;
    private readonly (int Rank, int Id)[] _merges;
    private readonly int _shift;

    /// <summary>Makes room for merges; at most so many may be added.</summary>
    public MergeTable(int capacity)
    {
        var bits = Math.Max(4, BitOperations.Log2((uint)capacity + 1) + 2);
        _shift = 64 - bits;
        _keys = new ulong[1 << bits];
        _merges = new (int, int)[1 << bits];
        Array.Fill(_keys, Free);
    }

    /// <summary>Adds a merge; of two for one pair the later counts.</summary>
    public void Add(int left, int right, int rank, int id)
    {
        var slot = SlotOf(Key(left, right));
        _keys[slot] = Key(left, right);
        _merges[slot] = (rank, id);
    }

    /// <summary>Merges a word in place.</summary>
    /// <returns>How many symbols are left.</returns>
    public int MergeAll(Span<int> symbols) =>
        symbols.Length <= ShortWord ? MergeShort(symbols) : MergeLong(symbols);

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private bool TryFind(int left, int right, out (int Rank, int Id) merge)
    {
        var slot = SlotOf(Key(left, right));
        merge = _merges[slot];
        return _keys[slot] != Free;
    }

    /// <summary>Where a key is, or the free place where it would be.</summary>
    private int SlotOf(ulong key)
    {
        var slot = (int)((key * Mixer) >> _shift);
        while (_keys[slot] != key && _keys[slot] != Free)
        {
            slot = (slot + 1) & (_keys.Length - 1);
        }

        return slot;
    }

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
        const int Gone = -2;
        var length = symbols.Length;
        var next = new int[length];
        var previous = new int[length];
        var queue = new MergeQueue(length);
        for (var i = 0; i < length; i++)
        {
            next[i] = i + 1;
            previous[i] = i - 1;
            if (i + 1 < length && TryFind(symbols[i], symbols[i + 1], out var merge))
            {
                queue.AddUnordered(merge.Rank, i);
            }
        }

        queue.Arrange();
        while (queue.TryTake(out var rank, out var position))
        {
            // A candidate is stale when its pair is no longer there; a pair's rank is its own.
            var right = next[position];
            if (right >= length || previous[position] == Gone || !TryFind(symbols[position], symbols[right], out var merge) || merge.Rank != rank)
            {
                continue;
            }

            symbols[position] = merge.Id;
            previous[right] = Gone;
            next[position] = next[right];
            if (next[position] < length)
            {
                previous[next[position]] = position;
                if (TryFind(symbols[position], symbols[next[position]], out merge))
                {
                    queue.Add(merge.Rank, position);
                }
            }

            if (previous[position] >= 0 && TryFind(symbols[previous[position]], symbols[position], out merge))
            {
                queue.Add(merge.Rank, previous[position]);
            }
        }

        var count = 0;
        for (var i = 0; i < length; i = next[i])
        {
            symbols[count++] = symbols[i];
        }

        return count;
    }
}
