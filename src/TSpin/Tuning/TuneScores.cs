namespace TSpin.Tuning;

/// <summary>What was found of one model: a score for every held-out example, of all folds one after another.</summary>
/// <param name="Scores">The higher the better; the same examples in the same order for every candidate.</param>
/// <param name="CutShare">Share of answers that were cut at the limit; 0 where none are generated.</param>
/// <param name="AnswerTokens">Mean length of answers; 0 where none are generated.</param>
public sealed record TuneScores(IReadOnlyList<double> Scores, double CutShare, double AnswerTokens)
{
    /// <summary>The mean score.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public double Mean => Scores.Average();
}
