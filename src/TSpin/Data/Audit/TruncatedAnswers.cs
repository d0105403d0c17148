namespace TSpin.Data.Audit;

/// <summary>
/// Answers that break off: a code fence, a box or (at the end of an answer that ends in mid-sentence) a bracket that is
/// never closed; no end where at least 90% of the answers have one; several answers that end in mid-sentence at the same
/// length, the longest of all.
/// </summary>
internal static class TruncatedAnswers
{
    private const int FewestWords = 8;
    private const int ShortestCommonLength = 100;
    private const int FewestOfOneLength = 3;

    public static IEnumerable<DataFinding> Find(AuditedRow[] rows)
    {
        var ended = rows.Count(row => row.Ending != AnswerEnding.Open);
        var othersEnd = rows.Length >= DataAudit.FewestForStatistics && ended >= DataAudit.CommonShare * rows.Length;
        var (longest, ofLongest) = Longest(rows, row => row.Example.Response.Length);
        var (mostWords, ofMostWords) = Longest(rows, row => row.Words);
        foreach (var row in rows)
        {
            var answer = row.Example.Response;
            var reason = Unclosed(row)
                ?? (row.Ending != AnswerEnding.Open ? null
                    : ofLongest >= FewestOfOneLength && answer.Length == longest
                        ? FormattableString.Invariant(
                            $"ends in mid-sentence after {longest:N0} characters, as {ofLongest - 1:N0} others do, and none is longer: cut at a limit")
                    : ofMostWords >= FewestOfOneLength && row.Words == mostWords && answer.Length >= ShortestCommonLength
                        ? FormattableString.Invariant(
                            $"ends in mid-sentence after {mostWords:N0} words, as {ofMostWords - 1:N0} others do, and none is longer: cut at a limit")
                    : othersEnd && row.Words >= FewestWords
                        ? FormattableString.Invariant(
                            $"ends in mid-sentence (\"{Tail(answer)}\"), where {ended:N0} of {rows.Length:N0} answers have an end")
                    : null);
            if (reason is not null)
            {
                yield return DataFinding.Of(FindingKind.Truncated, FindingSeverity.Warning, row.Example, reason);
            }
        }
    }

    private static string Tail(string answer)
    {
        var line = answer.AsSpan().TrimEnd();
        line = line[(line.LastIndexOf('\n') + 1)..];
        return line.Length <= 24 ? line.ToString() : $"… {line[^24..].TrimStart()}";
    }

    // The largest length, where an answer that is open has it, and how many open ones do.
    private static (int Length, int Count) Longest(AuditedRow[] rows, Func<AuditedRow, int> lengthOf)
    {
        var longest = rows.Length == 0 ? 0 : rows.Max(lengthOf);
        return (longest, rows.Count(row => row.Ending == AnswerEnding.Open
            && lengthOf(row) == longest && row.Example.Response.Length >= ShortestCommonLength));
    }

    private static string? Unclosed(AuditedRow row)
    {
        var answer = row.Example.Response;
        if (Fences(answer) % 2 == 1)
        {
            return "a code fence (```) is opened and never closed";
        }

        if (answer.LastIndexOf("\\boxed{", StringComparison.Ordinal) is >= 0 and var box && Depth(answer.AsSpan(box), '{', '}') > 0)
        {
            return "\\boxed{ is opened and never closed";
        }

        if (row.Ending != AnswerEnding.Open || row.Words < FewestWords)
        {
            return null;
        }

        foreach (var (open, close) in new[] { ('(', ')'), ('[', ']'), ('{', '}') })
        {
            if (answer.Contains(open, StringComparison.Ordinal) && Depth(answer, open, close) > 0)
            {
                return $"ends in mid-sentence within a bracket: {open} is never closed";
            }
        }

        return null;
    }

    private static int Fences(string text)
    {
        var count = 0;
        if (text.Contains("```", StringComparison.Ordinal))
        {
            foreach (var line in text.AsSpan().EnumerateLines())
            {
                count += line.TrimStart().StartsWith("```") && !ClosesItself(line.Trim()) ? 1 : 0;
            }
        }

        return count;
    }

    // ```code``` on one line.
    private static bool ClosesItself(ReadOnlySpan<char> line) => line.Length > 6 && line.EndsWith("```");

    private static int Depth(ReadOnlySpan<char> text, char open, char close)
    {
        var depth = 0;
        foreach (var c in text)
        {
            depth = c == open ? depth + 1 : c == close ? Math.Max(0, depth - 1) : depth;
        }

        return depth;
    }
}
