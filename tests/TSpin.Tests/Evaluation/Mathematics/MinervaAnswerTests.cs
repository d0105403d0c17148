using Shouldly;
using TSpin.Evaluation.Mathematics;
using Xunit;

namespace TSpin.Tests.Evaluation.Mathematics;

public sealed class MinervaAnswerTests
{
    [Theory]
    [InlineData("So.\nFinal Answer: The final answer is $24$. I hope it is correct.", "$24$")]
    [InlineData("Final Answer: The final answer is  24! I hope it is correct.\nProblem:", "24")]
    [InlineData("Final Answer: The final answer is $24$", "[invalidanswer]")]
    [InlineData("Final Answer: The final answer is $24$. ", "$24$")]
    [InlineData("Final Answer: The final answer is $2\n4$. I hope it is correct.", "[invalidanswer]")]
    [InlineData("The final answer is $24$. I hope it is correct.", "[invalidanswer]")]
    [InlineData("Final Answer: The final answer is 1. I hope it is correct. Final Answer: The final answer is 2. I hope it is correct.", "1")]
    [InlineData("", "[invalidanswer]")]
    public void Extracts_what_stands_between_the_two_phrases(string text, string answer) => MinervaAnswer.Extract(text).ShouldBe(answer);

    [Theory]
    [InlineData("x = 5", "5")]
    [InlineData("f(x)=x^2=9", "9")]
    [InlineData("$\\frac12$", "\\frac{1}{2}")]
    [InlineData("\\frac123", "\\frac{1}{2}3")]
    [InlineData("\\dfrac34", "\\dfrac{3}{4}")]
    [InlineData("\\frac{a}{b}", "\\frac{a}{b}")]
    [InlineData("\\sqrt5", "\\sqrt{5}")]
    [InlineData("\\sqrt53", "\\sqrt{5}3")]
    [InlineData("100,000", "100000")]
    [InlineData("1,2", "12")]
    [InlineData("1,x", "1,x")]
    [InlineData("\\$5.00", "5.00")]
    [InlineData("12 \\text{ cm}", "12")]
    [InlineData("12\\text{ cm}^2", "12")]
    [InlineData("5 \\text{m}", "5")]
    [InlineData("30^\\circ", "30")]
    [InlineData("30^{\\circ}", "30")]
    [InlineData("10{,}000", "10000")]
    [InlineData("It is $5$ or $6$", "5")]
    [InlineData("\\text{blue}", "blue")]
    [InlineData("\\textbf{(B)}", "(B)")]
    [InlineData("\\overline{AB}", "AB")]
    [InlineData("\\boxed{7}", "7")]
    [InlineData("3 dollars and 20 cents", "3and20")]
    [InlineData("[28,\\infty)", "[28,\\iny)")]
    [InlineData("a cat", "cat")]
    [InlineData("an apple", "apple")]
    [InlineData("\u00b2", "\u00b2")]
    [InlineData("\u0661,\u0662", "\u0661\u0662")]
    public void Normalizes(string answer, string normalized) => MinervaAnswer.Normalize(answer).ShouldBe(normalized);

    [Theory]
    [InlineData("so $\\boxed{1}$, no, $\\boxed{\\frac{1}{2}}$.", "\\frac{1}{2}")]
    [InlineData("$x = \\boxed 5$ apples", "5")]
    [InlineData("\\boxed{1", "[invalidanswer]")]
    [InlineData("\\fbox{3}", "[invalidanswer]")]
    [InlineData("nothing", "[invalidanswer]")]
    public void The_annotated_answer_stands_in_the_last_box(string solution, string answer) => MinervaAnswer.OfSolution(solution).ShouldBe(answer);

    [Fact]
    public void Two_absent_answers_are_not_equal()
    {
        MinervaAnswer.AreEqual(MinervaAnswer.Invalid, MinervaAnswer.Invalid).ShouldBeFalse();
        MinervaAnswer.AreEqual(" 5", "5 ").ShouldBeTrue();
    }
}
