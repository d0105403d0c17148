using System.Globalization;
using TSpin.Randomness;

namespace TSpin.Demo;

/// <summary>
/// The corpus that the demo's base model is pretrained on. Documents are independent of each other: document i of a seed is always
/// the same, so a corpus can be as long as the training wants and is never stored.
/// </summary>
public sealed class BaseCorpus
{
    private readonly ulong _seed;
    private readonly BaseMixture _mixture;
    private readonly IReadOnlyList<ProblemTemplate> _templates;

    /// <summary>Describes a corpus; nothing is drawn yet.</summary>
    /// <param name="seed">The seed of all documents.</param>
    /// <param name="mixture">Proportions; null takes the defaults.</param>
    public BaseCorpus(ulong seed, BaseMixture? mixture = null)
    {
        _seed = seed;
        _mixture = mixture ?? new BaseMixture();
        _templates = _mixture.HeldOutTemplates ? ProblemTemplates.All : ProblemTemplates.Annotated;
    }

    /// <summary>The prompt of a word problem: the paper's template around the question.</summary>
    /// <param name="question">The question.</param>
    /// <returns>The text in front of the response, with one trailing space.</returns>
    public static string Prompt(string question) => $"### Instruction: {question}\n\n### Response: ";

    /// <summary>Draws one document.</summary>
    /// <param name="index">Which, from 0; there is no last.</param>
    /// <returns>The document.</returns>
    public BaseDocument Document(long index)
    {
        var random = RandomStream.For(_seed, "demo/base", index);
        if (random.NextDouble() < _mixture.DrillShare)
        {
            return new BaseDocument("", ArithmeticDrill.Write(random));
        }

        var template = _templates[random.NextInt(_templates.Count)];
        var problem = WordProblemGenerator.DrawOne(template, ProblemSplit.Pretraining, random);
        return new BaseDocument(Prompt(problem.Question), Answer(problem, DrawStyle(random), random));
    }

    /// <summary>Writes an answer to a problem in a given style, as right or wrong as the mixture has it.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="style">How to answer.</param>
    /// <param name="random">Where the draws come from.</param>
    /// <returns>The response text.</returns>
    public string Answer(WordProblem problem, AnswerStyle style, RandomStream random)
    {
        switch (style)
        {
            case AnswerStyle.Worked:
                var slipAt = random.NextDouble() < _mixture.WorkedSlipShare ? random.NextInt(problem.Template.Steps.Count) : -1;
                return problem.WriteSolution(problem.Template.Work(problem.Numbers, (step, result) => step == slipAt ? Slip(result, random) : result));
            case AnswerStyle.InOneGo:
                var value = random.NextDouble() < _mixture.InOneGoRightShare ? problem.Answer : Wrong(problem, random);
                return $"In one go it is {problem.Template.InOneExpression(problem.Numbers)}={value}.\n#### {value}";
            case AnswerStyle.Recap:
                var numbers = string.Join(", ", problem.Numbers.SkipLast(1)) + " and " + problem.Numbers[^1].ToString(CultureInfo.InvariantCulture);
                var guess = Guess(problem, random);
                return $"The numbers are {numbers}, so it must be {guess}.\n#### {guess}";
            case AnswerStyle.Bare:
                return $"#### {Guess(problem, random)}";
            case AnswerStyle.Sentence:
                return $"The answer is {Guess(problem, random)}.";
            case AnswerStyle.Chatter:
                return Chatter(problem, random);
            default:
                throw new ArgumentOutOfRangeException(nameof(style), style, null);
        }
    }

    private AnswerStyle DrawStyle(RandomStream random)
    {
        var weights = _mixture.StyleWeights();
        var left = random.NextDouble() * weights.Sum();
        for (var i = 0; i < weights.Count - 1; i++)
        {
            left -= weights[i];
            if (left < 0)
            {
                return (AnswerStyle)i;
            }
        }

        return (AnswerStyle)(weights.Count - 1);
    }

    private int Guess(WordProblem problem, RandomStream random) =>
        random.NextDouble() < _mixture.GuessRightShare ? problem.Answer : Wrong(problem, random);

    /// <summary>A wrong answer as people give them: a slip in the end, a step forgotten, or the wrong sum altogether.</summary>
    private static int Wrong(WordProblem problem, RandomStream random)
    {
        var numbers = problem.Numbers;
        var wrong = random.NextInt(5) switch
        {
            0 or 1 => Slip(problem.Answer, random),
            2 => problem.Template.Work(numbers)[random.NextInt(problem.Template.Steps.Count)].Result,
            3 => numbers[random.NextInt(numbers.Count)] + numbers[random.NextInt(numbers.Count)],
            _ => random.NextInt(2, ProblemTemplate.LargestResult),
        };
        return wrong == problem.Answer ? Slip(wrong, random) : wrong;
    }

    /// <summary>A near miss: one or two too many or too few, or a ten too many or too few.</summary>
    private static int Slip(int result, RandomStream random)
    {
        int[] misses = [1, -1, 2, -2, 10, -10];
        var miss = misses[random.NextInt(misses.Length)];
        return result + miss >= 1 ? result + miss : result - miss;
    }

    private static string Chatter(WordProblem problem, RandomStream random)
    {
        var name = problem.Slots["P"];
        var friend = problem.Slots["Q"];
        string[] sentences =
        [
            $"I know {name} from school.", $"This is a good question about {name}.", "My teacher likes such questions.", "Numbers are fun.",
            $"Maybe {friend} can help.", "I would count them one by one.", "Let me think about it.", $"What does {friend} say?",
            "It is not so easy.", "Please read it again.", $"{name} and {friend} are good friends.", "We had this last week.",
        ];
        random.Shuffle<string>(sentences);
        return string.Join(' ', sentences.Take(random.NextInt(1, 5)));
    }
}
