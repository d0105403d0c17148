using TSpin.Evaluation;

namespace TSpin.Reports;

/// <summary>Which problems an evaluation got right, for paired comparison.</summary>
internal static class AnswerVerdicts
{
    private static readonly Dictionary<int, bool> None = [];

    /// <summary>
    /// Right or wrong by problem, for the answers behind one score column; empty where the answers do not tell (a further set of
    /// problems, or a file in which an index appears twice).
    /// </summary>
    public static IReadOnlyDictionary<int, bool> Of(IReadOnlyList<EvaluatedAnswer> answers, ScoreColumn column)
    {
        var verdicts = new Dictionary<int, bool>();
        foreach (var answer in answers.Where(answer => answer.Mode == column.Mode && (answer.Task ?? column.Task) == column.Task))
        {
            if (answer.Scores.GetValueOrDefault(column.Key, double.NaN) is not (0 or 1) || !verdicts.TryAdd(answer.Index, answer.Scores[column.Key] == 1))
            {
                return None;
            }
        }

        return verdicts;
    }
}
