using TSpin.Randomness;

namespace TSpin.Demo;

/// <summary>Draws word problems. The same seed and purpose give the same problems on every machine.</summary>
public static class WordProblemGenerator
{
    private static readonly (string Name, bool IsHe)[] People =
    [
        ("Tom", true), ("Ben", true), ("Sam", true), ("Max", true), ("Leo", true), ("Jack", true), ("Paul", true), ("Omar", true), ("Ravi", true), ("Hugo", true),
        ("Ann", false), ("Eva", false), ("Mia", false), ("Zoe", false), ("Lily", false), ("Rosa", false), ("Nina", false), ("Sara", false), ("Emma", false), ("Mei", false),
    ];

    /// <summary>Draws a list of problems, no two with the same numbers in the same template. A shorter list is a prefix of a longer one.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="purpose">Names the stream of random numbers, for example <c>demo/train</c>.</param>
    /// <param name="split">The part of the world to draw from.</param>
    /// <param name="templates">The kinds to draw, each as often as the others, in shuffled order.</param>
    /// <param name="count">How many.</param>
    /// <returns>The problems.</returns>
    /// <exception cref="TSpinException">The templates do not hold that many different problems.</exception>
    public static IReadOnlyList<WordProblem> Draw(ulong seed, string purpose, ProblemSplit split, IReadOnlyList<ProblemTemplate> templates, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfZero(templates.Count);
        const int mostRepeats = 200;
        var problems = new List<WordProblem>(count);
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var order = templates.ToArray();
        var orderStream = RandomStream.For(seed, purpose + "/order");
        while (problems.Count < count)
        {
            if (problems.Count % order.Length == 0)
            {
                orderStream.Shuffle<ProblemTemplate>(order);
            }

            var template = order[problems.Count % order.Length];
            var random = RandomStream.For(seed, purpose, problems.Count);
            var repeats = 0;
            var problem = DrawOne(template, split, random);
            while (!keys.Add(problem.Key))
            {
                if (++repeats > mostRepeats)
                {
                    throw new TSpinException($"The demo world does not hold {count} different problems: template {template.Name} is used up after {problems.Count}. Ask for fewer.");
                }

                problem = DrawOne(template, split, random);
            }

            problems.Add(problem);
        }

        return problems;
    }

    /// <summary>Draws one problem.</summary>
    /// <param name="template">Its kind.</param>
    /// <param name="split">The part of the world it must belong to.</param>
    /// <param name="random">Where the draws come from.</param>
    /// <returns>A problem whose steps are all exact.</returns>
    public static WordProblem DrawOne(ProblemTemplate template, ProblemSplit split, RandomStream random)
    {
        var slots = DrawWords(template, random);
        var question = random.NextInt(template.Questions.Count);
        int[] steps = [.. template.Steps.Select(step => random.NextInt(step.Sentences.Count))];
        while (true)
        {
            int[] numbers = [.. template.Numbers.Select(range => random.NextInt(range.Minimum, range.Maximum))];
            if (template.Accepts(numbers))
            {
                var problem = new WordProblem(template, numbers, slots, question, steps);
                if (problem.Split == split)
                {
                    return problem;
                }
            }
        }
    }

    private static Dictionary<string, string> DrawWords(ProblemTemplate template, RandomStream random)
    {
        var slots = new Dictionary<string, string>(StringComparer.Ordinal);
        var people = People.ToArray();
        random.Shuffle<(string, bool)>(people);
        (slots["P"], slots["Q"], slots["R"]) = (people[0].Name, people[1].Name, people[2].Name);
        var isHe = people[0].IsHe;
        (slots["he"], slots["He"]) = isHe ? ("he", "He") : ("she", "She");
        (slots["him"], slots["his"]) = isHe ? ("him", "his") : ("her", "her");
        foreach (var choice in template.Words)
        {
            var word = choice.Words[random.NextInt(choice.Words.Count)];
            slots[choice.Slot] = word;
            slots[choice.Slot + "s"] = word + "s";
        }

        return slots;
    }
}
