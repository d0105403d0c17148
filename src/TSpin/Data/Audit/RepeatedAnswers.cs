using System.Text.RegularExpressions;

namespace TSpin.Data.Audit;

/// <summary>
/// Answers that decline (a list of openings), and answers of at least six words that stand at three or more prompts, where
/// most answers stand at one.
/// </summary>
internal static partial class RepeatedAnswers
{
    private const int FewestPrompts = 3;
    private const int FewestWords = AuditedRow.MostWordsOfLabel + 1;

    public static IEnumerable<DataFinding> Find(AuditedRow[] rows)
    {
        var answers = new Dictionary<ulong, (int First, HashSet<ulong> Prompts)>();
        for (var i = 0; i < rows.Length; i++)
        {
            if (!answers.TryGetValue(rows[i].AnswerHash, out var known))
            {
                answers.Add(rows[i].AnswerHash, known = (i, []));
            }

            known.Prompts.Add(rows[i].PromptHash);
        }

        var repeats = answers.Count > rows.Length / 2;
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows[i];
            var (first, prompts) = answers[row.AnswerHash];
            if (Declines().IsMatch(row.Example.Response))
            {
                yield return DataFinding.Of(FindingKind.Refusal, FindingSeverity.Warning, row.Example,
                    $"the answer declines: {Files.Excerpt.Of(row.Example.Response, 60)}");
            }
            else if (repeats && prompts.Count >= FewestPrompts && row.Words >= FewestWords)
            {
                yield return DataFinding.Of(FindingKind.RepeatedAnswer, FindingSeverity.Note, row.Example,
                    $"the same answer stands at {prompts.Count} different prompts", i == first ? null : rows[first].Example);
            }
        }
    }

    [GeneratedRegex(
        @"\A\s*(?:as an ai\b[^.!?]{0,60}\bi (?:do not|don(?:'|’)?t|can(?:'|’)?t|cannot|am unable|am not able)|i(?:'|’)?m (?:sorry|afraid),? but (?:i|as an ai)|i am (?:sorry|afraid),? but (?:i|as an ai)|sorry, (?:but )?i (?:can(?:'|’)?t|cannot)"
            + @"|i (?:can(?:'|’)?t|cannot|am unable to|(?:'|’)m unable to|am not able to) (?:help|assist|answer|provide|fulfil|comply|do that))",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Declines();
}
