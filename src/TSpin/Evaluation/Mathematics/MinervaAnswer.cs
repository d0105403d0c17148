using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace TSpin.Evaluation.Mathematics;

/// <summary>
/// The rules by which Minerva (Lewkowycz et al. 2022, appendix D) takes an answer out of a text and makes two ways of
/// writing it the same, as lm-evaluation-harness 0.4 has them in
/// minerva_math and leaderboard_math_hard.
/// </summary>
public static partial class MinervaAnswer
{
    /// <summary>What is taken where there is no answer.</summary>
    public const string Invalid = "[invalidanswer]";

    private const string End = "I hope it is correct.";
    private const string BoxedSpace = "\\boxed ";
    private const string BoxedBrace = "\\boxed{";

    // Both lists in their order: an earlier replacement makes or unmakes what a later one looks for.
    private static readonly (string Before, string After)[] Substitutions =
    [
        ("an ", ""), ("a ", ""), (".$", "$"), ("\\$", ""), ("\\ ", ""), (" ", ""), ("mbox", "text"),
            (",\\text{and}", ","), ("\\text{and}", ","), ("\\text{m}", "\\text{}"),
    ];

    private static readonly string[] Removed =
    [
        "square", "ways", "integers", "dollars", "mph", "inches", "ft", "hours", "km", "units", "\\ldots", "sue",
            "points", "feet", "minutes", "digits", "cents", "degrees", "cm", "gm",
        "pounds", "meters", "meals", "edges", "students", "childrentickets", "multiples", "\\text{s}", "\\text{.}",
            "\\text{\ns}", "\\text{}^2", "\\text{}^3", "\\text{\n}", "\\text{}",
        "\\mathrm{th}", "^\\circ", "^{\\circ}", "\\;", ",\\!", "{,}", "\"", "\\dots",
    ];

    /// <summary>The answer behind "Final Answer: The final answer is".</summary>
    /// <param name="text">What the model wrote.</param>
    /// <returns>As written, or <see cref="Invalid"/>.</returns>
    public static string Extract(string text)
    {
        var match = FinalAnswer().Match(text + End);
        return match.Success ? PythonString.Strip(match.Groups[1].Value) : Invalid;
    }

    /// <summary>
    /// An answer without what does not count: units, text around it, LaTeX's shorthand, commas in numbers.
    /// </summary>
    /// <param name="answer">From <see cref="Extract"/> or <see cref="OfSolution"/>.</param>
    /// <returns>To be compared as text.</returns>
    public static string Normalize(string answer)
    {
        answer = answer[(answer.LastIndexOf('=') + 1)..];
        foreach (var (before, after) in Substitutions)
        {
            answer = answer.Replace(before, after, StringComparison.Ordinal);
        }

        foreach (var expression in Removed)
        {
            answer = answer.Replace(expression, "", StringComparison.Ordinal);
        }

        answer = InDollars().Replace(answer, "$$$1$$");
        answer = InText().Replace(answer, "$1");
        answer = InBold().Replace(answer, "$1");
        answer = InOverline().Replace(answer, "$1");
        answer = InBox().Replace(answer, "$1");
        answer = ShortFraction().Replace(answer, "frac{$1}{$2}");
        answer = ShortRoot().Replace(answer, "sqrt{$1}");
        answer = answer.Replace("$", "", StringComparison.Ordinal);
        var bare = answer.Replace(",", "", StringComparison.Ordinal);
        return IsDigits(bare) ? bare : answer;
    }

    /// <summary>The annotated answer: what stands in the last box of a solution.</summary>
    /// <param name="solution">The annotated solution.</param>
    /// <returns>The box' content, or <see cref="Invalid"/>.</returns>
    public static string OfSolution(string solution)
    {
        var boxed = LastBoxed(solution);
        if (boxed.Contains(BoxedSpace, StringComparison.Ordinal))
        {
            return boxed.StartsWith(BoxedSpace, StringComparison.Ordinal) ? boxed[BoxedSpace.Length..] : Invalid;
        }

        return boxed.StartsWith(BoxedBrace, StringComparison.Ordinal) && boxed[^1] == '}'
            ? boxed[BoxedBrace.Length..^1] : Invalid;
    }

    /// <summary>Whether two answers are the same text once normalized; an absent answer is like none.</summary>
    /// <param name="normalized">The model's, normalized.</param>
    /// <param name="reference">The annotated one, normalized.</param>
    /// <returns>True when they are.</returns>
    public static bool AreEqual(string normalized, string reference) =>
        normalized != Invalid
            && string.Equals(PythonString.Strip(normalized), PythonString.Strip(reference), StringComparison.Ordinal);

    private static string LastBoxed(string text)
    {
        var at = text.LastIndexOf("\\boxed", StringComparison.Ordinal);
        if (text.Contains(BoxedSpace, StringComparison.Ordinal))
        {
            var content = text[(text.LastIndexOf(BoxedSpace, StringComparison.Ordinal) + BoxedSpace.Length)..];
            return BoxedSpace + content.Split('$')[0];
        }

        at = at < 0 ? text.LastIndexOf("\\fbox", StringComparison.Ordinal) : at;
        if (at < 0)
        {
            return Invalid;
        }

        var open = 0;
        for (var i = at; i < text.Length; i++)
        {
            open += text[i] == '{' ? 1 : 0;
            if (text[i] == '}' && --open == 0)
            {
                return text[at..(i + 1)];
            }
        }

        return Invalid;
    }

    // str.isdigit(): decimal digits of every script, superscripts, and numbers in circles.
    private static bool IsDigits(string text) => text.Length > 0 && text.EnumerateRunes().All(rune =>
        Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber
            || (Rune.GetUnicodeCategory(rune) == UnicodeCategory.OtherNumber
            && CharUnicodeInfo.GetDigitValue(rune.ToString(), 0) >= 0));

    [GeneratedRegex("Final Answer: The final answer is(.*?). I hope it is correct.")]
    private static partial Regex FinalAnswer();

    [GeneratedRegex(@".*?\$(.*?)\$.*")]
    private static partial Regex InDollars();

    [GeneratedRegex(@"\\text\{(.*?)\}")]
    private static partial Regex InText();

    [GeneratedRegex(@"\\textbf\{(.*?)\}")]
    private static partial Regex InBold();

    [GeneratedRegex(@"\\overline\{(.*?)\}")]
    private static partial Regex InOverline();

    [GeneratedRegex(@"\\boxed\{(.*)\}")]
    private static partial Regex InBox();

    [GeneratedRegex("frac([^{])(.)")]
    private static partial Regex ShortFraction();

    [GeneratedRegex("sqrt([^{])")]
    private static partial Regex ShortRoot();
}
