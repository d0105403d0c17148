using System.Globalization;
using System.Text.RegularExpressions;
using TSpin.Demo;
using TSpin.Randomness;

namespace TSpin.Worlds;

/// <summary>
/// Long answers that derail: so many things of a kind, numbered, none twice, none left out, and then an end.
/// <c>Name 8 animals, but no fox.</c>
/// </summary>
internal sealed partial class ListSkill : ISkill
{
    // The base reads longer lists than are annotated and asked: it makes a mistake in most of them.
    private const int Fewest = 5;
    private const int MostAsked = 8;
    private const int MostRead = 12;

    /// <inheritdoc/>
    public string Name => "lists";

    /// <inheritdoc/>
    public int AnswerTokens => 128;

    /// <inheritdoc/>
    public Question Draw(ProblemSplit split, RandomStream random)
    {
        while (true)
        {
            var kind = Categories.Names[random.NextInt(Categories.Names.Count)];
            var count = random.NextInt(Fewest, split == ProblemSplit.Pretraining ? MostRead : MostAsked);
            var without = random.NextInt(2) == 0 ? null : Pick(Categories.All[kind], random);
            var key = $"{kind}/{count}/{without}";
            var wording = random.NextInt(3);
            if (ProblemSplits.Of("worlds/lists/" + key) == split)
            {
                var but = without is null ? "" : $", but no {without}";
                var text = wording switch
                {
                    0 => $"Name {count} {kind}{but}.",
                    1 => $"List {count} different {kind}{but}.",
                    _ => $"Please write down {count} {kind}{but}.",
                };
                return new Question(text, key,
                    draw => Right(kind, count, without, draw), draw => Careless(kind, count, without, draw));
            }
        }
    }

    /// <inheritdoc/>
    public bool IsRight(string question, string answer)
    {
        var asked = Asked().Match(question);
        if (!asked.Success || !Categories.All.TryGetValue(asked.Groups["kind"].Value, out var things))
        {
            throw new ArgumentException($"{question} is no question of this world", nameof(question));
        }

        var count = int.Parse(asked.Groups["count"].Value, CultureInfo.InvariantCulture);
        var without = asked.Groups["without"].Success ? asked.Groups["without"].Value : null;
        var lines = answer.Trim().Split('\n');
        var named = new HashSet<string>(StringComparer.Ordinal);
        return lines.Length == count && lines.Select((line, i) => (line, i)).All(numbered =>
        {
            var prefix = $"{numbered.i + 1}. ";
            return numbered.line.StartsWith(prefix, StringComparison.Ordinal) && numbered.line[prefix.Length..] is var thing
                && thing != without && things.Contains(thing) && named.Add(thing);
        });
    }

    private static string Right(string kind, int count, string? without, RandomStream random) =>
        Numbered(Shuffled(Categories.All[kind], random).Where(thing => thing != without).Take(count));

    /// <summary>A third is right; the others repeat, miscount, stray into another kind, name what was not wanted, or run on.</summary>
    private static string Careless(string kind, int count, string? without, RandomStream random)
    {
        var things = Categories.All[kind];
        switch (random.NextInt(6))
        {
            case 0 or 1:
                return Right(kind, count, without, random);
            case 2:
                return Numbered(Enumerable.Range(0, count).Select(_ => Pick(things[..(count / 2)], random)));
            case 3:
                return Numbered(Shuffled(things, random).Take(Math.Max(2, count + (random.NextInt(2) == 0 ? -1 : 1) * random.NextInt(1, 4))));
            case 4:
                var other = Categories.All[Categories.Names[random.NextInt(Categories.Names.Count)]];
                return Numbered(Shuffled(things, random).Take(count).Select(thing => random.NextInt(4) == 0 ? Pick(other, random) : thing));
            default:
                var few = Shuffled(things, random).Take(3).ToArray();
                return Numbered(Enumerable.Range(0, count + random.NextInt(4, 10)).Select(_ => Pick(few, random)));
        }
    }

    private static string Numbered(IEnumerable<string> things) => string.Join('\n', things.Select((thing, i) => $"{i + 1}. {thing}"));

    private static string Pick(string[] things, RandomStream random) => things[random.NextInt(things.Length)];

    private static string[] Shuffled(string[] things, RandomStream random)
    {
        string[] copy = [.. things];
        random.Shuffle<string>(copy);
        return copy;
    }

    [GeneratedRegex("^(?:Name|List|Please write down) (?<count>[0-9]+) (?:different )?(?<kind>[a-z]+)(?:, but no (?<without>[A-Za-z]+))?\\.$", RegexOptions.CultureInvariant)]
    private static partial Regex Asked();
}
