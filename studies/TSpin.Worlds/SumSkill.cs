using System.Globalization;
using System.Text.RegularExpressions;
using TSpin.Demo;
using TSpin.Randomness;

namespace TSpin.Worlds;

/// <summary>
/// Several right ways to answer: a number as a sum of different numbers, with what is left after each of them.
/// <c>Write 47 as a sum of 3 different numbers.</c>
/// </summary>
internal sealed partial class SumSkill : ISkill
{
    /// <inheritdoc/>
    public string Name => "sums";

    /// <inheritdoc/>
    public int AnswerTokens => 80;

    /// <inheritdoc/>
    public Question Draw(ProblemSplit split, RandomStream random)
    {
        while (true)
        {
            var (total, count) = (random.NextInt(20, 250), random.NextInt(2, 5));
            var wording = random.NextInt(3);
            if (ProblemSplits.Of($"worlds/sums/{total}/{count}") == split)
            {
                var text = wording switch
                {
                    0 => $"Write {total} as a sum of {count} different numbers.",
                    1 => $"Find {count} different numbers that add up to {total}.",
                    _ => $"Which {count} different numbers make {total} together?",
                };
                return new Question(text, $"{total}/{count}",
                    draw => Worked(total, Parts(total, count, draw), slipAt: -1, draw), draw => Careless(total, count, draw));
            }
        }
    }

    /// <inheritdoc/>
    public bool IsRight(string question, string answer)
    {
        int[] asked = [.. Numbers().Matches(question).Select(match => int.Parse(match.Value, CultureInfo.InvariantCulture))];
        if (asked.Length != 2)
        {
            throw new ArgumentException($"{question} is no question of this world", nameof(question));
        }

        // "Write TOTAL as a sum of COUNT"; the other wordings name the count first.
        var (total, count) = question.StartsWith("Write", StringComparison.Ordinal) ? (asked[0], asked[1]) : (asked[1], asked[0]);
        var last = answer.Trim().Split('\n')[^1];
        if (!Sum().IsMatch(last))
        {
            return false;
        }

        long[] parts = [.. last["#### ".Length..].Split('+').Select(part => long.Parse(part, CultureInfo.InvariantCulture))];
        return parts.Length == count && parts.Distinct().Count() == count && parts.All(part => part > 0) && parts.Sum() == total;
    }

    /// <summary>Different numbers above zero: each but the last drawn, so that what is left suffices.</summary>
    private static int[] Parts(int total, int count, RandomStream random)
    {
        while (true)
        {
            var parts = new int[count];
            var left = total;
            for (var i = 0; i < count - 1; i++)
            {
                parts[i] = random.NextInt(1, Math.Max(1, left - count));
                left -= parts[i];
            }

            parts[^1] = left;
            if (left > 0 && parts.Distinct().Count() == count)
            {
                return parts;
            }
        }
    }

    /// <summary>Take away part after part; a slip is carried on, as people do.</summary>
    private static string Worked(int total, int[] parts, int slipAt, RandomStream random)
    {
        var lines = new List<string>();
        var left = total;
        var used = new List<int>();
        for (var i = 0; i < parts.Length - 1; i++)
        {
            var part = Math.Min(parts[i], Math.Max(1, left - 1));
            var rest = left - part;
            if (i == slipAt)
            {
                int[] misses = [1, -1, 2, -2, 10, -10];
                rest = Math.Max(1, rest + misses[random.NextInt(misses.Length)]);
            }

            lines.Add($"{left}-{part}={rest}");
            used.Add(part);
            left = rest;
        }

        used.Add(left);
        return $"{string.Join('\n', lines)}\n#### {string.Join('+', used)}";
    }

    /// <summary>A quarter is worked and right, a quarter worked with a slip; the others guess, repeat a number, or only talk.</summary>
    private static string Careless(int total, int count, RandomStream random)
    {
        switch (random.NextInt(8))
        {
            case 0 or 1:
                return Worked(total, Parts(total, count, random), -1, random);
            case 2 or 3:
                return Worked(total, Parts(total, count, random), random.NextInt(count - 1), random);
            case 4 or 5:
                return $"#### {string.Join('+', Enumerable.Range(0, count).Select(_ => random.NextInt(1, total)))}";
            case 6:
                return $"#### {string.Join('+', Enumerable.Repeat(total / count, count))}";
            default:
                return $"There are many numbers that make {total}. Let me think about it.";
        }
    }

    [GeneratedRegex("[0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex Numbers();

    [GeneratedRegex("^#### [0-9]{1,6}(?:\\+[0-9]{1,6})*$", RegexOptions.CultureInvariant)]
    private static partial Regex Sum();
}
