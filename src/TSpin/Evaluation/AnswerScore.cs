namespace TSpin.Evaluation;

/// <summary>How well a set of generated answers did on problems that end in a number.</summary>
/// <param name="Examples">Number of answers.</param>
/// <param name="Strict">Share of right answers behind <c>#### </c>; see <see cref="FinalNumber.Strict"/>.</param>
/// <param name="Flexible">Share of right answers by the last number anywhere; see <see cref="FinalNumber.Flexible"/>.</param>
/// <param name="FormatShare">Share of answers that end in <c>#### n</c>, right or wrong.</param>
/// <param name="EndedShare">Share of answers that stopped by themselves rather than at the length limit.</param>
/// <param name="MeanResponseTokens">Mean length in tokens.</param>
public sealed record AnswerScore(
    int Examples,
    MeanScore Strict,
    MeanScore Flexible,
    double FormatShare,
    double EndedShare,
    double MeanResponseTokens)
{
    /// <summary>Scores answers from their texts.</summary>
    /// <param name="answers">
    /// For each: the answer's text, the annotated answer, whether the generator stopped by itself, and the answer's length in tokens.
    /// </param>
    /// <returns>The scores.</returns>
    /// <exception cref="TSpinException">There are no answers.</exception>
    public static AnswerScore Of(IReadOnlyList<(string Answer, string Reference, bool Ended, int Tokens)> answers) =>
        Of([.. answers.Select((row, index) => EvaluatedAnswer.Judge(index, "", "", row.Reference, row.Answer, row.Ended, row.Tokens))]);

    /// <summary>Scores answers that are already judged.</summary>
    /// <param name="answers">The records of one test set and one way of generating.</param>
    /// <returns>The scores.</returns>
    /// <exception cref="TSpinException">There are no answers.</exception>
    public static AnswerScore Of(IReadOnlyList<EvaluatedAnswer> answers)
    {
        if (answers.Count == 0)
        {
            throw new TSpinException("Nothing to evaluate: the test set has no examples. Give a file with at least one, or a higher limit.");
        }

        return new AnswerScore(
            answers.Count,
            MeanScore.Of(answers.Select(answer => answer.Strict)),
            MeanScore.Of(answers.Select(answer => answer.Flexible)),
            answers.Average(answer => FinalNumber.EndsInFormat(answer.Answer) ? 1.0 : 0.0),
            answers.Average(answer => answer.Ended ? 1.0 : 0.0),
            answers.Average(answer => (double)answer.Tokens));
    }
}
