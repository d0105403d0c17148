using TSpin.Prompts;

namespace TSpin.Scoring;

/// <summary>
/// Divides an optimizer step's triplets into forward and backward passes of at most so many tokens. A pure function of the lengths: a resumed
/// run divides as the uninterrupted one did. Which triplets make a step does not depend on it.
/// </summary>
public static class PassPlan
{
    /// <summary>
    /// Plans the passes of one step. Rows without padding go, the longest first, to the pass with the fewest tokens, in as few passes as hold them: passes
    /// are full and even, which keeps products large and the peak of memory low. Padded rows of like length share a pass, because each costs as much as its longest.
    /// </summary>
    /// <param name="triplets">The step.</param>
    /// <param name="tokensPerPass">Tokens a pass computes at most, padding included; a triplet that is longer has a pass of its own. At least 1.</param>
    /// <param name="tripletsPerPass">Triplets of a pass at most. At least 1. Default: no limit.</param>
    /// <param name="padded">Whether each response is a row with its prompt, padded to the pass's longest, as in <see cref="PaddedForward"/>.</param>
    /// <returns>Indices into <paramref name="triplets"/>: every one once, ascending within a pass, passes in the order of their first.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A limit is below 1.</exception>
    public static IReadOnlyList<int[]> Of(IReadOnlyList<Triplet> triplets, int tokensPerPass, int tripletsPerPass = int.MaxValue, bool padded = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokensPerPass, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(tripletsPerPass, 1);
        var passes = padded ? OfLikeLength(triplets, tokensPerPass, tripletsPerPass) : Even(triplets, tokensPerPass, tripletsPerPass);
        foreach (var pass in passes)
        {
            pass.Sort();
        }

        return [.. passes.OrderBy(pass => pass[0]).Select(pass => pass.ToArray())];
    }

    /// <summary>Tokens of a triplet in a packed row: the prompt once, each distinct response once.</summary>
    /// <param name="triplet">The triplet.</param>
    /// <returns>At least 1.</returns>
    public static int PackedTokens(Triplet triplet) => triplet.Prompt.Length + Distinct(triplet).Sum(response => response.Length);

    private static List<List<int>> Even(IReadOnlyList<Triplet> triplets, int budget, int most)
    {
        int[] tokens = [.. triplets.Select(triplet => Math.Min(PackedTokens(triplet), budget))];
        int[] longestFirst = [.. Enumerable.Range(0, tokens.Length).OrderByDescending(i => tokens[i])];   // a stable sort: ties keep the step's order
        var total = tokens.Sum(count => (long)count);
        var passes = (int)Math.Max((total + budget - 1) / budget, ((long)tokens.Length + most - 1) / most);
        while (true)
        {
            if (Divide(longestFirst, tokens, passes, budget, most) is { } plan)
            {
                return plan;
            }

            // Huge steps of unlucky lengths must not try every number.
            passes += Math.Max(1, passes / 16);
        }
    }

    // Null if so many passes do not hold them.
    private static List<List<int>>? Divide(int[] longestFirst, int[] tokens, int count, int budget, int most)
    {
        List<List<int>> passes = [.. Enumerable.Range(0, count).Select(_ => new List<int>())];
        var emptiest = new PriorityQueue<int, (long Tokens, int Pass)>(Enumerable.Range(0, count).Select(pass => (pass, (0L, pass))));
        foreach (var index in longestFirst)
        {
            if (!emptiest.TryDequeue(out var pass, out var load) || load.Tokens + tokens[index] > budget)
            {
                return null;
            }

            passes[pass].Add(index);
            if (passes[pass].Count < most)
            {
                emptiest.Enqueue(pass, (load.Tokens + tokens[index], pass));
            }
        }

        passes.RemoveAll(pass => pass.Count == 0);
        return passes;
    }

    private static List<List<int>> OfLikeLength(IReadOnlyList<Triplet> triplets, int budget, int most)
    {
        (int Rows, int Longest)[] sizes = [.. triplets.Select(triplet => (Distinct(triplet).Count(), triplet.Prompt.Length + Distinct(triplet).Max(response => response.Length)))];
        var passes = new List<List<int>>();
        var (rows, longest) = (0, 0);
        foreach (var index in Enumerable.Range(0, sizes.Length).OrderByDescending(i => sizes[i].Longest))
        {
            if (passes.Count == 0 || passes[^1].Count == most || (long)(rows + sizes[index].Rows) * longest > budget)
            {
                passes.Add([]);
                (rows, longest) = (0, sizes[index].Longest);
            }

            rows += sizes[index].Rows;
            passes[^1].Add(index);
        }

        return passes;
    }

    private static IEnumerable<int[]> Distinct(Triplet triplet)
    {
        var seen = new List<int[]>();
        foreach (var (_, response) in triplet.Responses())
        {
            if (!seen.Any(known => known.AsSpan().SequenceEqual(response)))
            {
                seen.Add(response);
                yield return response;
            }
        }
    }
}
