namespace TSpin.Reports;

/// <summary>Which problems an evaluation got right, for paired comparison.</summary>
internal static class AnswerVerdicts
{
    private static readonly Dictionary<int, bool> None = [];

    /// <summary>
    /// Right or wrong by problem, for the answers behind one score column; empty where the answers do not tell (a further set of
    /// problems, or a file in which an index appears twice).
    /// </summary>
    public static IReadOnlyDictionary<int, bool> Of(IReadOnlyList<RecordedAnswer> answers, ScoreColumn column)
    {
        if (column.Title.Split(' ') is not [var mode and ("greedy" or "sampled"), var rule and ("strict" or "flexible")])
        {
            return None;
        }

        var verdicts = new Dictionary<int, bool>();
        foreach (var answer in answers.Where(answer => answer.Mode == mode))
        {
            if ((rule == "strict" ? answer.Strict : answer.Flexible) is not { } right || !verdicts.TryAdd(answer.Index, right))
            {
                return None;
            }
        }

        return verdicts;
    }
}
