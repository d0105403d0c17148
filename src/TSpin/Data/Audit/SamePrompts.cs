namespace TSpin.Data.Audit;

/// <summary>Examples with the same prompt, up to letter case and white space: the same again, or other answers.</summary>
internal static class SamePrompts
{
    public static IEnumerable<DataFinding> Find(AuditedRow[] rows)
    {
        var prompts = new Dictionary<ulong, Group>();
        foreach (var row in rows)
        {
            if (!prompts.TryGetValue(row.PromptHash, out var group))
            {
                prompts.Add(row.PromptHash, new Group(row));
            }
            else if (group.First.HasPromptOf(row))
            {
                yield return group.Add(row);
            }
        }
    }

    private sealed class Group
    {
        private readonly Dictionary<ulong, AuditedRow> _answers = [];
        // In the order of the rows: "first" is the one further up.
        private readonly OrderedDictionary<string, AuditedRow> _results = new(StringComparer.Ordinal);

        public Group(AuditedRow first)
        {
            First = first;
            Keep(first);
        }

        public AuditedRow First { get; }

        public DataFinding Add(AuditedRow row)
        {
            var same = _answers.GetValueOrDefault(row.AnswerHash);
            if (same is not null && same.HasAnswerOf(row))
            {
                return DataFinding.Of(FindingKind.Duplicate, FindingSeverity.Warning, row.Example,
                    $"prompt and answer are those of {Place(same)}", same.Example);
            }

            // Whichever of the earlier results differs: of A, B, A the third contradicts the second.
            var other = row.Result is null ? null : _results.FirstOrDefault(result => result.Key != row.Result).Value;
            Keep(row);
            return other is not null
                ? DataFinding.Of(FindingKind.Contradiction, IsMarked(row) && IsMarked(other) ? FindingSeverity.Error : FindingSeverity.Warning, row.Example,
                    $"the answer is \"{row.Result}\", that of {Place(other)} to the same prompt \"{other.Result}\"", other.Example)
                : DataFinding.Of(FindingKind.SeveralAnswers, FindingSeverity.Note, row.Example,
                    $"{Place(First)} answers the same prompt in other words", First.Example);
        }

        // Short answers may both be right: "Name a fruit."
        private static bool IsMarked(AuditedRow row) => row.Ending is AnswerEnding.Marked or AnswerEnding.Boxed;

        private static string Place(AuditedRow row) =>
            FormattableString.Invariant($"{Path.GetFileName(row.Example.SourceFile)}:{row.Example.SourceLine}");

        private void Keep(AuditedRow row)
        {
            _answers.TryAdd(row.AnswerHash, row);
            if (row.Result is { } result)
            {
                _results.TryAdd(result, row);
            }
        }
    }
}
