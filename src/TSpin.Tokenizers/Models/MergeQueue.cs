namespace TSpin.Tokenizers.Models;

/// <summary>The candidate merges of a long word, lowest rank first, leftmost of equals: a four-way heap of packed numbers.</summary>
internal sealed class MergeQueue
{
    private const int Ways = 4;

    private ulong[] _heap;
    private int _count;

    public MergeQueue(int capacity) => _heap = new ulong[Math.Max(capacity, 16)];

    /// <summary>Adds a candidate without keeping order; <see cref="Arrange"/> must follow before the first is taken.</summary>
    public void AddUnordered(int rank, int position) => _heap[_count++] = Pack(rank, position);

    /// <summary>Orders all that was added, in linear time.</summary>
    public void Arrange()
    {
        for (var i = (_count - 2) / Ways; i >= 0 && _count > 1; i--)
        {
            SiftDown(i, _heap[i]);
        }
    }

    public void Add(int rank, int position)
    {
        if (_count == _heap.Length)
        {
            Array.Resize(ref _heap, _heap.Length * 2);
        }

        var value = Pack(rank, position);
        var i = _count++;
        while (i > 0 && _heap[(i - 1) / Ways] > value)
        {
            _heap[i] = _heap[(i - 1) / Ways];
            i = (i - 1) / Ways;
        }

        _heap[i] = value;
    }

    public bool TryTake(out int rank, out int position)
    {
        if (_count == 0)
        {
            (rank, position) = (0, 0);
            return false;
        }

        var top = _heap[0];
        (rank, position) = ((int)(top >> 32), (int)(uint)top);
        var last = _heap[--_count];
        if (_count > 0)
        {
            SiftDown(0, last);
        }

        return true;
    }

    private static ulong Pack(int rank, int position) => ((ulong)(uint)rank << 32) | (uint)position;

    private void SiftDown(int i, ulong value)
    {
        while (true)
        {
            var child = (i * Ways) + 1;
            if (child >= _count)
            {
                break;
            }

            var end = Math.Min(child + Ways, _count);
            var least = child;
            for (child++; child < end; child++)
            {
                least = _heap[child] < _heap[least] ? child : least;
            }

            if (_heap[least] >= value)
            {
                break;
            }

            _heap[i] = _heap[least];
            i = least;
        }

        _heap[i] = value;
    }
}
