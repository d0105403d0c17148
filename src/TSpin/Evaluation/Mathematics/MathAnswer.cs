namespace TSpin.Evaluation.Mathematics;

/// <summary>
/// Judges answers to MATH's problems as lm-evaluation-harness 0.4 does in leaderboard_math_hard (version 3):
/// <c>exact_match</c> in math_verify's way, <c>exact_match_original</c> in
/// Minerva's. Both compare meanings by a small evaluator of our own, see <see cref="AreEquivalent"/>.
/// </summary>
public static class MathAnswer
{
    /// <summary>
    /// The first score: the last box, expression or number of the answer means what the annotated solution's does.
    /// </summary>
    /// <param name="candidate">What the model wrote.</param>
    /// <param name="solution">The annotated solution.</param>
    /// <returns>exact_match.</returns>
    public static bool IsMatch(string candidate, string solution)
    {
        var gold = AnswerFinder.Find(solution, latexOnly: true);
        var answer = AnswerFinder.Find(candidate, latexOnly: false);
        return (gold.Expression is not null && answer.Expression is not null
            && MathComparison.AreEqual(gold.Expression, answer.Expression))
            || (gold.Text is not null && answer.Text is not null
                && PythonString.Strip(gold.Text) is { Length: > 0 } text && text == PythonString.Strip(answer.Text));
    }

    /// <summary>
    /// The original score: what stands behind "The final answer is" equals the annotated answer, as normalized text or
    /// in meaning.
    /// </summary>
    /// <param name="candidate">What the model wrote.</param>
    /// <param name="answer">The annotated answer, see <see cref="MinervaAnswer.OfSolution"/>.</param>
    /// <returns>exact_match_original.</returns>
    public static bool IsOriginalMatch(string candidate, string answer)
    {
        var normalized = MinervaAnswer.Normalize(MinervaAnswer.Extract(candidate));
        var reference = MinervaAnswer.Normalize(answer);
        return normalized != MinervaAnswer.Invalid
            && (MinervaAnswer.AreEqual(normalized, reference) || AreEquivalent(normalized, reference));
    }

    /// <summary>
    /// Whether two normalized answers differ by nothing: both read as sympy's parse_latex reads them, every letter a
    /// variable, what follows the first expression passed over.
    /// </summary>
    /// <param name="first">LaTeX.</param>
    /// <param name="second">LaTeX.</param>
    /// <returns>False also where one cannot be read, or says a relation.</returns>
    public static bool AreEquivalent(string first, string second)
    {
        try
        {
            return MathComparison.IsDifferenceZero(LatexParser.Parse(first, LatexDialect.Sympy),
                LatexParser.Parse(second, LatexDialect.Sympy));
        }
        catch (LatexException)
        {
            return false;
        }
    }
}
