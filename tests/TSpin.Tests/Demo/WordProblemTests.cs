using System.Data;
using System.Globalization;
using System.Text.RegularExpressions;
using Shouldly;
using TSpin.Demo;
using TSpin.Randomness;
using Xunit;

namespace TSpin.Tests.Demo;

public sealed partial class WordProblemTests
{
    [Fact]
    public void There_are_many_kinds_each_with_several_wordings_and_two_to_four_steps()
    {
        ProblemTemplates.Annotated.Count.ShouldBeGreaterThanOrEqualTo(24);
        ProblemTemplates.HeldOut.Count.ShouldBeGreaterThanOrEqualTo(5);
        ProblemTemplates.All.Select(template => template.Name).ShouldBeUnique();
        foreach (var template in ProblemTemplates.All)
        {
            template.Steps.Count.ShouldBeInRange(2, 4, template.Name);
            template.Questions.Count.ShouldBeGreaterThanOrEqualTo(2, template.Name);
            template.Steps.ShouldAllBe(step => step.Sentences.Count >= 2 && step.Sentences.All(sentence => sentence.Contains("{=}")));
            foreach (var question in template.Questions)
            {
                template.Numbers.ShouldAllBe(number => question.Contains("{" + number.Name + "}"));
            }
        }
    }

    [Fact]
    public void A_problem_worked_by_hand_reads_as_expected()
    {
        var template = ProblemTemplates.All.Single(template => template.Name == "gift-then-loss");
        var slots = new Dictionary<string, string>
        {
            ["P"] = "Tom",
            ["Q"] = "Ann",
            ["R"] = "Max",
            ["he"] = "he",
            ["He"] = "He",
            ["him"] = "him",
            ["his"] = "his",
            ["thing"] = "pen",
            ["things"] = "pens",
        };
        var problem = new WordProblem(template, [40, 25, 8], slots, 0, [0, 1]);
        problem.Question.ShouldBe("Tom has 40 pens. Ann gives him 25 more, and then he loses 8. How many pens does Tom have now?");
        problem.Solution.ShouldBe("With the gift Tom has 40+25=65 pens.\nLosing 8 leaves 65-8=57 pens.\n#### 57");
        problem.Answer.ShouldBe(57);
        problem.Key.ShouldBe("gift-then-loss:40,25,8");
    }

    [Fact]
    public void A_slip_is_carried_to_the_end()
    {
        var template = ProblemTemplates.All.Single(template => template.Name == "gift-then-loss");
        var equations = template.Work([40, 25, 8], (step, result) => step == 0 ? result + 10 : result);
        equations.ShouldBe([new Equation(40, '+', 25, 75), new Equation(75, '-', 8, 67)]);
        equations[0].IsRight.ShouldBeFalse();
        equations[1].IsRight.ShouldBeTrue();
    }

    [Fact]
    public void Every_line_of_every_solution_is_right_and_the_last_one_is_the_answer()
    {
        foreach (var problem in Many())
        {
            var lines = problem.Solution.Split('\n');
            var last = 0;
            foreach (var line in lines[..^1])
            {
                var match = EquationPattern().Match(line);
                match.Success.ShouldBeTrue(line);
                var (left, right, result) = (Number(match.Groups[1]), Number(match.Groups[3]), Number(match.Groups[4]));
                (match.Groups[2].Value switch { "+" => left + right == result, "-" => left - right == result, "*" => left * right == result, _ => result * right == left })
                    .ShouldBeTrue(line);
                last = result;
            }

            lines[^1].ShouldBe($"#### {last}");
            problem.Answer.ShouldBe(last);
        }
    }

    [Fact]
    public void The_one_expression_has_the_value_of_the_steps()
    {
        using var table = new DataTable();
        foreach (var problem in Many())
        {
            var expression = problem.Template.InOneExpression(problem.Numbers);
            Convert.ToInt32(table.Compute(expression, null), CultureInfo.InvariantCulture).ShouldBe(problem.Answer, expression);
        }
    }

    [Fact]
    public void Texts_are_plain_ascii_and_short()
    {
        var problems = Many();
        foreach (var problem in problems)
        {
            var text = problem.Question + problem.Solution;
            text.ShouldAllBe(letter => letter == '\n' || letter >= ' ' && letter <= '~');
            text.ShouldNotContain("{");
            text.ShouldNotContain("  ");
            problem.Question.ShouldEndWith("?");
        }

        // A word, a digit, and a sign are a token each, with the small vocabulary of the demo.
        var lengths = problems.Select(problem => TokenPattern().Count(problem.Solution)).ToArray();
        lengths.Average().ShouldBeInRange(28, 50);
        lengths.Min().ShouldBeGreaterThan(18);
        lengths.Max().ShouldBeLessThan(100);
        problems.Max(problem => TokenPattern().Count(problem.Question)).ShouldBeLessThan(75);
    }

    [Fact]
    public void Problems_depend_on_the_seed_and_a_shorter_list_begins_a_longer_one()
    {
        var problems = DemoData.Train(5, 60);
        DemoData.Train(5, 40).Select(problem => problem.Question).ShouldBe(problems.Take(40).Select(problem => problem.Question));
        DemoData.Train(6, 60).Select(problem => problem.Key).ShouldNotBe(problems.Select(problem => problem.Key));
    }

    [Fact]
    public void A_world_that_is_used_up_says_so()
    {
        var tiny = new ProblemTemplate("tiny", false, [new NumberRange("a", 1, 9)], [], ["{a}?"], [new SolutionStep("x", "a", '+', "1", ["{=}"]), new SolutionStep("y", "x", '+', "1", ["{=}"])]);
        Should.Throw<TSpinException>(() => WordProblemGenerator.Draw(1, "test", ProblemSplit.Pretraining, [tiny], 50)).Message.ShouldContain("tiny");
    }

    [Theory]
    [InlineData("# a\nwith a 1..9\n= x = a*a | {=}\n= y = x+a", 4)]
    [InlineData("# a\nwith a 1-9", 2)]
    [InlineData("? before any name", 1)]
    [InlineData("# a\n\n= y = a^b | {=}", 3)]
    [InlineData("# a\nword", 2)]
    public void A_faulty_template_line_is_named(string text, int line) =>
        Should.Throw<TSpinException>(() => ProblemTemplateFile.Read(text, "kinds.txt")).Message.ShouldStartWith($"kinds.txt:{line}:");

    private static List<WordProblem> Many() =>
        [.. ProblemTemplates.All.SelectMany((template, i) => Enumerable.Range(0, 40).Select(j =>
            WordProblemGenerator.DrawOne(template, (ProblemSplit)(j % 3), RandomStream.For(11, "test", i, j))))];

    private static int Number(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(\d+)([-+*/])(\d+)=(\d+)")]
    private static partial Regex EquationPattern();

    [GeneratedRegex(@" ?[A-Za-z]+|[^A-Za-z ]|\n")]
    private static partial Regex TokenPattern();
}
