using System.Globalization;
using System.Text.RegularExpressions;
using Shouldly;
using TSpin.Demo;
using TSpin.Randomness;
using Xunit;

namespace TSpin.Tests.Demo;

public sealed partial class BaseCorpusTests
{
    [Fact]
    public void The_prompt_is_the_papers() =>
        BaseCorpus.Prompt("How many?").ShouldBe("### Instruction: How many?\n\n### Response: ");

    [Fact]
    public void A_document_depends_on_seed_and_index_alone()
    {
        var corpus = new BaseCorpus(4);
        var late = corpus.Document(1_000_000_000_000);
        corpus.Document(0);
        new BaseCorpus(4).Document(1_000_000_000_000).ShouldBe(late);
        Enumerable.Range(0, 20).Select(i => new BaseCorpus(5).Document(i)).ShouldNotBe(Enumerable.Range(0, 20).Select(i => corpus.Document(i)));
    }

    [Fact]
    public void The_mixture_holds_what_its_options_say()
    {
        var mixture = new BaseMixture
        {
            DrillShare = 0.2,
            WorkedWeight = 6,
            InOneGoWeight = 5,
            RecapWeight = 3,
            BareWeight = 2,
            SentenceWeight = 2,
            ChatterWeight = 2,
        };
        var corpus = new BaseCorpus(8, mixture);
        const int count = 10_000;
        var documents = Enumerable.Range(0, count).Select(i => corpus.Document(i)).ToArray();
        var problems = documents.Where(document => document.Prompt.Length > 0).ToArray();
        (1.0 - (problems.Length / (double)count)).ShouldBe(0.2, 0.015);

        double Share(Func<string, bool> isOfStyle) => problems.Count(document => isOfStyle(document.Response)) / (double)problems.Length;
        Share(IsInOneGo).ShouldBe(0.25, 0.015);
        Share(text => text.StartsWith("The numbers are ", StringComparison.Ordinal)).ShouldBe(0.15, 0.015);
        Share(text => text.StartsWith("#### ", StringComparison.Ordinal)).ShouldBe(0.1, 0.015);
        Share(text => text.StartsWith("The answer is ", StringComparison.Ordinal)).ShouldBe(0.1, 0.015);
        Share(text => !text.Any(char.IsAsciiDigit)).ShouldBe(0.1, 0.015);
        Share(IsWorked).ShouldBe(0.3, 0.015);
    }

    [Fact]
    public void Slips_are_as_frequent_as_the_options_say_and_carried_on()
    {
        var corpus = new BaseCorpus(2, new BaseMixture { WorkedSlipShare = 0.3, InOneGoRightShare = 0.6, GuessRightShare = 0.1 });
        var problems = DemoData.Train(1, 2000);
        double RightShare(AnswerStyle style) => problems.Select((problem, i) =>
            FinalNumber(corpus.Answer(problem, style, RandomStream.For(3, "test", i, (int)style))) == problem.Answer).Count(right => right) / (double)problems.Count;

        RightShare(AnswerStyle.Worked).ShouldBe(0.7, 0.035);
        RightShare(AnswerStyle.InOneGo).ShouldBe(0.6, 0.035);
        RightShare(AnswerStyle.Recap).ShouldBe(0.1, 0.03);
        RightShare(AnswerStyle.Bare).ShouldBe(0.1, 0.03);
        RightShare(AnswerStyle.Sentence).ShouldBe(0.1, 0.03);
        RightShare(AnswerStyle.Chatter).ShouldBe(0);
    }

    [Fact]
    public void Drills_are_right_and_hold_every_operation()
    {
        var equations = Enumerable.Range(0, 200)
            .SelectMany(i => ArithmeticDrill.Write(RandomStream.For(6, "test", i)).Split('\n'))
            .Select(line => EquationPattern().Match(line))
            .ToArray();
        equations.Length.ShouldBe(200 * ArithmeticDrill.Lines);
        equations.ShouldAllBe(match => match.Success);
        equations.Select(match => match.Groups[2].Value).Distinct().Order(StringComparer.Ordinal).ShouldBe(["*", "+", "-", "/"]);
        foreach (var match in equations)
        {
            var (left, right, result) = (int.Parse(match.Groups[1].Value), int.Parse(match.Groups[3].Value), int.Parse(match.Groups[4].Value));
            (match.Groups[2].Value switch { "+" => left + right == result, "-" => left - right == result, "*" => left * right == result, _ => result * right == left })
                .ShouldBeTrue(match.Value);
        }
    }

    [Fact]
    public void Held_out_kinds_can_be_left_out()
    {
        var corpus = new BaseCorpus(1, new BaseMixture { HeldOutTemplates = false });
        Enumerable.Range(0, 3000).ShouldAllBe(i => !corpus.Document(i).Prompt.Contains("library"));
        var whole = new BaseCorpus(1, new BaseMixture { HeldOutTemplates = true });
        Enumerable.Range(0, 3000).ShouldContain(i => whole.Document(i).Prompt.Contains("library"));
    }

    private static bool IsInOneGo(string text) => text.StartsWith("In one go it is ", StringComparison.Ordinal);

    private static bool IsWorked(string text) => !IsInOneGo(text) && text.Contains('=') && text.Contains("\n#### ");

    private static int? FinalNumber(string text)
    {
        var matches = NumberPattern().Matches(text);
        return matches.Count == 0 ? null : int.Parse(matches[^1].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^(\d+)([-+*/])(\d+)=(\d+)$")]
    private static partial Regex EquationPattern();

    [GeneratedRegex(@"\d+")]
    private static partial Regex NumberPattern();
}
