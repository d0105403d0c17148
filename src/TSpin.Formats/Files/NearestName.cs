namespace TSpin.Files;

/// <summary>Finds the name somebody probably meant.</summary>
public static class NearestName
{
    /// <summary>The most similar candidate.</summary>
    /// <param name="written">What was written.</param>
    /// <param name="candidates">The names there are.</param>
    /// <returns>A candidate that differs in at most a third of its letters, or that was abbreviated (<c>lr</c>, <c>batch</c>); or null.</returns>
    public static string? Find(string written, IEnumerable<string> candidates)
    {
        string? best = null;
        var bestDistance = int.MaxValue;
        var plain = Plain(written);
        foreach (var candidate in candidates)
        {
            var isAbbreviated = plain == Initials(candidate) || (plain.Length > 2 && candidate.StartsWith(plain, StringComparison.Ordinal));
            var distance = isAbbreviated ? 1 : Distance(plain, Plain(candidate));
            if (distance < bestDistance && distance <= Math.Max(1, candidate.Length / 3))
            {
                (best, bestDistance) = (candidate, distance);
            }
        }

        return best;
    }

    private static string Plain(string name)
    {
        // Recipes are small; a name longer than this is no misspelling and need not be compared whole.
        var text = name.Length > 64 ? name[..64] : name;
        return text.Replace('-', '_').ToLowerInvariant();
    }

    private static string Initials(string name)
    {
        var words = name.Split('_', '-');
        return words.Length < 2 ? name : string.Concat(words.Where(word => word.Length > 0).Select(word => word[0]));
    }

    // Optimal string alignment: insertions, deletions, substitutions and swapped neighbours count one each.
    private static int Distance(string a, string b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            table[i, 0] = i;
        }

        for (var j = 0; j <= b.Length; j++)
        {
            table[0, j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var substituted = table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                var least = Math.Min(substituted, 1 + Math.Min(table[i - 1, j], table[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    least = Math.Min(least, table[i - 2, j - 2] + 1);
                }

                table[i, j] = least;
            }
        }

        return table[a.Length, b.Length];
    }
}
