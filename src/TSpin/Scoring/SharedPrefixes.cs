namespace TSpin.Scoring;

/// <summary>Which sequences of tokens are computed together: those that begin alike share that beginning, where that saves more than it costs.</summary>
internal static class SharedPrefixes
{
    /// <summary>Plans passes.</summary>
    /// <param name="sequences">Different sequences, none empty.</param>
    /// <param name="passTokens">Most tokens of a pass; a longer sequence is alone in one.</param>
    /// <returns>For each beginning that is shared its length and the sequences that share it; groups that go through the model together stand in one pass.</returns>
    public static IReadOnlyList<IReadOnlyList<(int Length, int[] Sequences)>> Plan(IReadOnlyList<int[]> sequences, int passTokens)
    {
        var order = Enumerable.Range(0, sequences.Count).ToArray();
        Array.Sort(order, (a, b) => sequences[a].AsSpan().SequenceCompareTo(sequences[b]));
        var passes = new List<IReadOnlyList<(int, int[])>>();
        var pass = new List<(int, int[])>();
        var used = 0;
        foreach (var (length, members, tokens) in Groups(sequences, order, passTokens))
        {
            if (used > 0 && used + tokens > passTokens)
            {
                passes.Add(pass);
                (pass, used) = ([], 0);
            }

            pass.Add((length, members));
            used += tokens;
        }

        if (pass.Count > 0)
        {
            passes.Add(pass);
        }

        return passes;
    }

    // In their order neighbours have most in common. One joins its neighbours where the tokens of all are fewer so.
    private static IEnumerable<(int Length, int[] Members, int Tokens)> Groups(IReadOnlyList<int[]> sequences, int[] order, int passTokens)
    {
        var members = new List<int>();
        var (shared, total, tokens) = (0, 0, 0);
        foreach (var next in order)
        {
            var own = sequences[next].Length;
            if (members.Count > 0)
            {
                var common = Math.Min(shared, sequences[members[^1]].AsSpan().CommonPrefixLength(sequences[next]));
                var together = common + total + own - (common * (members.Count + 1));
                if (common > 0 && together <= tokens + own && together <= passTokens)
                {
                    members.Add(next);
                    (shared, total, tokens) = (common, total + own, together);
                    continue;
                }

                yield return (shared, [.. members], tokens);
            }

            members.Clear();
            members.Add(next);
            (shared, total, tokens) = (own, own, own);
        }

        if (members.Count > 0)
        {
            yield return (shared, [.. members], tokens);
        }
    }
}
