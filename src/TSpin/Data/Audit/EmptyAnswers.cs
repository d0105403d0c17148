namespace TSpin.Data.Audit;

/// <summary>
/// Answers that say nothing: no letter and no digit, or one of a list of placeholders. Where more than 2% of the answers
/// (and more than one) are so, they are labels and not found.
/// </summary>
internal static class EmptyAnswers
{
    private const double MostShare = 0.02;

    private static readonly HashSet<string> Placeholders = new(StringComparer.Ordinal)
    {
        "n/a", "na", "none", "null", "nan", "nil", "undefined", "todo", "tbd", "empty", "no answer", "no response", "no output",
        "answer", "response", "output", "<answer>", "<response>", "[answer]", "[response]", "lorem ipsum",
    };

    public static IEnumerable<DataFinding> Find(AuditedRow[] rows)
    {
        var found = new List<DataFinding>();
        foreach (var row in rows.Where(row => row.Words <= 2))
        {
            var bare = ExampleOverlap.Normalize(row.Example.Response).TrimEnd('.');
            if (row.Words == 0 || Placeholders.Contains(bare))
            {
                found.Add(DataFinding.Of(FindingKind.Empty, FindingSeverity.Error, row.Example,
                    row.Words == 0 ? "the answer holds no letter and no digit" : $"the answer is the placeholder \"{bare}\""));
            }
        }

        return found.Count <= Math.Max(1, MostShare * rows.Length) ? found : [];
    }
}
