using System.Diagnostics;
using Shouldly;
using TSpin.Evaluation.Mathematics;
using Xunit;

namespace TSpin.Tests.Evaluation.Mathematics;

public sealed class MathAnswerTests
{
    [Theory]
    // Numbers.
    [InlineData("\\frac{1}{2}", "0.5", true)]
    [InlineData("\\frac{1}{2}", "2/4", true)]
    [InlineData("\\frac{1}{3}", "0.333", false)]
    [InlineData("\\frac{1}{3}", "0.33333333", true)]
    [InlineData("\\frac{3}{2}", "1\\frac{1}{2}", true)]
    [InlineData("12028", "12,028", true)]
    [InlineData("12028", "12{,}028", true)]
    [InlineData("2^{70}", "1180591620717411303424", true)]
    [InlineData("2^{70}", "1180591620717411303425", false)]
    [InlineData("10^{12}", "1000000000001", false)]
    [InlineData("5", "5.0", true)]
    [InlineData("-5", "5", false)]
    [InlineData("5!", "120", true)]
    [InlineData("\\binom{5}{2}", "10", true)]
    // Roots, powers, named numbers.
    [InlineData("2\\sqrt{3}", "\\sqrt{12}", true)]
    [InlineData("2\\sqrt{3}", "2*sqrt(3)", true)]
    [InlineData("2\\sqrt{3}", "3.46", false)]
    [InlineData("\\sqrt[3]{8}", "2", true)]
    [InlineData("29\\pi", "\\pi \\cdot 29", true)]
    [InlineData("29\\pi", "91.11", false)]
    [InlineData("29\\pi", "91.106187", true)]
    [InlineData("\\log_2 24", "\\log_{2}(24)", true)]
    [InlineData("\\log_2 24", "\\frac{\\ln 24}{\\ln 2}", true)]
    [InlineData("\\log_2 24", "\\ln 24 / \\ln 2", false)]
    [InlineData("e^{2}", "\\exp(2)", true)]
    [InlineData("|3-5|", "2", true)]
    [InlineData("\\lfloor 3.7 \\rfloor", "3", true)]
    [InlineData("\\sin^2 x + \\cos^2 x", "1", true)]
    [InlineData("\\arctan 13", "\\tan^{-1} 13", true)]
    [InlineData("\\csc x", "\\sin^{-1} x", false)]
    [InlineData("|x-5|", "\\lvert x-5 \\rvert", true)]
    [InlineData("|x-5|", "\\vert x-5\\vert", true)]
    [InlineData("\\frac{7}{16}", "{7 \\over 16}", true)]
    [InlineData("2x", "2\\cdotx", true)]
    // Variables.
    [InlineData("x^2+3x+2", "(x+1)(x+2)", true)]
    [InlineData("x^2+3x+2", "x^2-3x+2", false)]
    [InlineData("x^2+3x+2", "f(x)=2+3x+x^2", true)]
    [InlineData("x^2+3x+2", "y^2+3y+2", false)]
    [InlineData("\\frac{2x}{x+1}", "2-\\frac{2}{x+1}", true)]
    [InlineData("3+4i", "4i+3", true)]
    [InlineData("3+4i", "3-4i", false)]
    [InlineData("3+4i", "3 + 4 i", false)]
    // Pairs, sets, intervals.
    [InlineData("(3,5)", "\\left( 3, 5 \\right)", true)]
    [InlineData("(3,5)", "(5,3)", false)]
    [InlineData("(5,3)", "(5, 3)", true)]
    [InlineData("(3,5)", "[3,5]", false)]
    [InlineData("(3,5]", "(3,5]", true)]
    [InlineData("(1,2,3)", "(1,3,2)", false)]
    [InlineData("1,2,3", "3, 1, 2", true)]
    [InlineData("1,2,3", "\\{3,2,1\\}", true)]
    [InlineData("1,2,3", "1 \\text{ and } 2 \\text{ and } 3", true)]
    [InlineData("1,2,3", "1,2", false)]
    [InlineData("[2,\\infty)", "x \\ge 2", false)]
    [InlineData("x \\ge 2", "[2,\\infty)", true)]
    [InlineData("1 < x \\le 3", "(1,3]", true)]
    [InlineData("(-\\infty,1)\\cup(2,\\infty)", "(2,\\infty) \\cup (-\\infty,1)", true)]
    [InlineData("(-\\infty,1)\\cup(2,\\infty)", "(-\\infty,1)", false)]
    [InlineData("\\emptyset", "\\emptyset", true)]
    [InlineData("(-\\infty,\\infty)", "\\mathbb{R}", true)]
    [InlineData("[5,\\infty)", "[5,\\infty]", true)]
    [InlineData("\\infty", "\u221e", false)]
    [InlineData("22 \\pm 21", "22 \\mp 21", true)]
    [InlineData("2 \\pm \\sqrt{3}", "2+\\sqrt{3}, 2-\\sqrt{3}", true)]
    [InlineData("\\pm 4", "-4, 4", true)]
    // Matrices.
    [InlineData("\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}", "\\begin{bmatrix} 1 \\\\ \\frac{4}{2} \\end{bmatrix}", true)]
    [InlineData("\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}", "\\begin{pmatrix} 1 & 2 \\end{pmatrix}", false)]
    [InlineData("\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}", "\\begin{pmatrix} 1 & 2 \\\\ 3 & 5 \\end{pmatrix}", false)]
    [InlineData("\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}", "\\begin{vmatrix} 1 & 2 \\\\ 3 & 4 \\end{vmatrix}", false)]
    // Equations and relations.
    [InlineData("\\frac{x}{9}+\\frac{y}{7}=1", "1", true)]
    [InlineData("x^2+y^2=4", "4", false)]
    [InlineData("5", "x = 5", true)]
    [InlineData("x = 5", "5", true)]
    [InlineData("y = 2x+3", "y - 2x - 3 = 0", true)]
    [InlineData("y = 2x+3", "4x - 2y + 6 = 0", true)]
    [InlineData("y = 2x+3", "y = 2x - 3", false)]
    [InlineData("x < 5", "5 > x", true)]
    [InlineData("x < 5", "x > 5", false)]
    // Words and units.
    [InlineData("\\text{even}", "\\mathrm{Even}", true)]
    [InlineData("\\text{even}", "\\text{odd}", false)]
    [InlineData("\\text{blue}", "blue", true)]
    [InlineData("12 \\text{ cm}", "12", true)]
    [InlineData("30^\\circ", "30^{\\circ}", true)]
    [InlineData("30^\\circ", "30 \\text{ degrees}", true)]
    [InlineData("13_{7}", "13_7", true)]
    [InlineData("\\overline{AB}", "\\overline{AB}", true)]
    [InlineData("\\overline{AB}", "\\overline{BA}", false)]
    public void Means_the_same(string gold, string answer, bool same) => MathAnswer.IsMatch($"The final answer is ${answer}$.", $"Thus $\\boxed{{{gold}}}$.").ShouldBe(same);

    [Theory]
    // Where the answer is looked for: behind "final answer is", in a box, behind "answer", in dollars, among numbers; the last of its kind.
    [InlineData("We try $1$ and $2$. So it is 7.", true)]
    [InlineData("We try 7.", true)]
    [InlineData("It is 7", true)]
    [InlineData("First 3, then 7.", true)]
    [InlineData("First 7, then 3.", false)]
    [InlineData("$\\boxed{7}$ and later $8$", true)]
    [InlineData("\\boxed{7", false)]
    [InlineData("$\\boxed{3}$ no $\\boxed{7}$", true)]
    [InlineData("$\\boxed{3}$ which is then corrected: $\\boxed{7}$", true)]
    [InlineData("The answer is $7$. Check: $2+2=4$.", true)]
    [InlineData("The final answer is: $7$. I hope it is correct. The answer is $8$.", true)]
    [InlineData("\\[7\\]", true)]
    [InlineData("\\(7\\)", true)]
    [InlineData("So it is 14/2.", true)]
    [InlineData("So it is 2^(3)-1.", true)]
    [InlineData("Now 10 - 3 = 7", true)]
    [InlineData("", false)]
    [InlineData("none", false)]
    public void The_answer_is_found(string candidate, bool found) => MathAnswer.IsMatch(candidate, "So $\\boxed{7}$.").ShouldBe(found);

    [Theory]
    [InlineData("$\\frac{3}{4}$", "0.75", true)]
    [InlineData("$9+3t+t^2$", "t^2+3t+9", true)]
    [InlineData("$(x+22)x+2$", "x^2+22x+2", true)]
    [InlineData("$7+i25$", "7+25i", true)]
    [InlineData("$19 \\cdot \\sqrt{23}$", "19\\sqrt{23}", true)]
    [InlineData("91.106187", "29\\pi", false)]
    // sympy's parser stops at what it does not know, and what it has read counts.
    [InlineData("$3_8$", "3_{5}", true)]
    [InlineData("$3,8$", "3,9", false)]
    [InlineData("$(3,8)$", "(3,9)", false)]
    [InlineData("$x<5$", "x<5", true)]
    [InlineData("$x<5$", "5>x", false)]
    [InlineData("8°", "8", false)]
    [InlineData("$10\\,000$", "10000", true)]
    [InlineData("$\\log_{2}{7}$", "\\log_2 7", true)]
    [InlineData("$\\log_{2}{24}$", "\\log_2 24", false)]
    // A point ends an expression, but not behind a digit, nor before one.
    [InlineData("3+\\sqrt{2}.", "\\sqrt{2}+3", true)]
    [InlineData("\\frac{0}{5}.", "0", true)]
    [InlineData("58/2.", "29", false)]
    [InlineData("$.5$", "\\frac{1}{2}", false)]
    // Every command that sympy does not know is a variable, and no sign is passed over.
    [InlineData("$22 \\pm 30$", "22", false)]
    [InlineData("$\\displaystyle 3$", "25-22", false)]
    [InlineData("$23+30\\mathrm{i}$", "30i+23", false)]
    [InlineData("$29.5$", "29.5\\%", false)]
    [InlineData("$\\left|x-5\\right|$", "|x-5|", false)]
    [InlineData("$\\{5\\}$", "5", true)]
    public void The_original_score_compares_text_and_then_meaning(string candidate, string answer, bool same) =>
        MathAnswer.IsOriginalMatch($"Final Answer: The final answer is {candidate}. I hope it is correct.", answer).ShouldBe(same);

    // Nothing that a model may write takes long, or more stack than there is.
    [Fact]
    public void Hostile_answers_equal_nothing_and_take_no_time()
    {
        string[] hostile =
        [
            new string('(', 30_000), new string('{', 30_000), string.Concat(Enumerable.Repeat("\\frac{1}{", 10_000)), string.Concat(Enumerable.Repeat("\\sqrt{", 10_000)),
            string.Concat(Enumerable.Repeat("-", 30_000)) + "1", new string('9', 30_000), "9^{9^{9^{9}}}", "2^{99999999999}", "99999999!", "\\binom{99999999}{9999}", string.Concat(Enumerable.Repeat("x+", 20_000)) + "x",
            string.Concat(Enumerable.Repeat("$", 3_000)), string.Concat(Enumerable.Repeat("\\boxed{", 400)), string.Concat(Enumerable.Repeat("answer ", 3_000)), string.Concat(Enumerable.Repeat("1 and ", 3_000)),
            "\\begin{pmatrix}" + string.Concat(Enumerable.Repeat("1&", 20_000)), new string(' ', 2_000) + "5x", "5" + new string(' ', 600) + "y",
            string.Concat(Enumerable.Repeat("\\frac{1}{0}", 1_500)), "\\frac{1}{0}", "0^{-1}", "\\log_1 5", "\\tan", "\\left", "^", "_", "\\", "x_{", "1/0",
        ];
        var clock = Stopwatch.StartNew();
        foreach (var text in hostile)
        {
            foreach (var candidate in new[] { text, $"${text}$", $"\\boxed{{{text}}}", $"Final Answer: The final answer is ${text}$. I hope it is correct." })
            {
                MathAnswer.IsMatch(candidate, "So $\\boxed{x+7}$.").ShouldBeFalse();
                MathAnswer.IsOriginalMatch(candidate, "x+7").ShouldBeFalse();
            }
        }

        // One on which the search for a number never ends by itself.
        MathAnswer.IsMatch("5" + new string(' ', 30_000) + "y", "So $\\boxed{x+7}$.").ShouldBeFalse();
        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(3));
    }
}
