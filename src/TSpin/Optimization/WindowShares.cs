using TSpin.Prompts;
using TSpin.Scoring;

namespace TSpin.Optimization;

/// <summary>Divides the triplets of a step over processes so that each has about as many tokens. A pure function of the lengths: every process divides alike.</summary>
public static class WindowShares
{
    /// <summary>Divides: the longest first, each to the process with the fewest tokens so far, and of those to the first.</summary>
    /// <param name="window">The step's triplets.</param>
    /// <param name="processes">How many processes there are.</param>
    /// <returns>For every process the places of its triplets in the window, ascending; none where there are fewer triplets than processes.</returns>
    public static IReadOnlyList<int[]> Of(IReadOnlyList<Triplet> window, int processes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(processes, 1);
        int[] tokens = [.. window.Select(PassPlan.PackedTokens)];
        List<int>[] shares = [.. Enumerable.Range(0, processes).Select(_ => new List<int>())];
        var emptiest = new PriorityQueue<int, (long Tokens, int Rank)>(Enumerable.Range(0, processes).Select(rank => (rank, (0L, rank))));
        foreach (var place in Enumerable.Range(0, window.Count).OrderByDescending(place => tokens[place]))
        {
            emptiest.TryDequeue(out var rank, out var load);
            shares[rank].Add(place);
            emptiest.Enqueue(rank, (load.Tokens + tokens[place], rank));
        }

        return [.. shares.Select(share => share.Order().ToArray())];
    }
}
