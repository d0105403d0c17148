using System.Text.RegularExpressions;

namespace TSpin.Data.Audit;

/// <summary>What the audit needs of an example more than once.</summary>
internal sealed partial class AuditedRow
{
    /// <summary>Words that a comparable answer has at most, where it names no result.</summary>
    public const int MostWordsOfLabel = 5;

    private const int ShortLine = 8;

    private AuditedRow(AnnotatedExample example) => Example = example;

    public AnnotatedExample Example { get; }

    public required ulong PromptHash { get; init; }

    public required ulong AnswerHash { get; init; }

    /// <summary>Words of the answer.</summary>
    public required int Words { get; init; }

    public required AnswerEnding Ending { get; init; }

    /// <summary>The result, bare, where the answer names one or is no more than a label; else null.</summary>
    public required string? Result { get; init; }

    public required bool HasMarkdown { get; init; }

    public required bool BeginsLowerCase { get; init; }

    /// <summary>Hash of the answer's first three words; 0 where it has fewer than six.</summary>
    public required ulong Opening { get; init; }

    public static AuditedRow Of(AnnotatedExample example)
    {
        var answer = example.Response;
        var words = WordHashes.Of(answer);
        var ending = EndingOf(answer);
        return new AuditedRow(example)
        {
            PromptHash = WordHashes.OfNormalized(example.Prompt),
            AnswerHash = WordHashes.OfNormalized(answer),
            Words = words.Length,
            Ending = ending,
            Result = ResultOf(answer, ending, words.Length),
            HasMarkdown = Markdown().IsMatch(answer),
            BeginsLowerCase = char.IsLower(answer.AsSpan().TrimStart() is { Length: > 0 } trimmed ? trimmed[0] : 'A'),
            Opening = words.Length < 6 ? 0 : WordHashes.Join(words.AsSpan(0, 3)),
        };
    }

    /// <summary>Whether the normalised texts are the same, where their hashes are.</summary>
    public bool HasPromptOf(AuditedRow other) =>
        ExampleOverlap.Normalize(Example.Prompt) == ExampleOverlap.Normalize(other.Example.Prompt);

    public bool HasAnswerOf(AuditedRow other) => AnswerHash == other.AnswerHash
        && ExampleOverlap.Normalize(Example.Response) == ExampleOverlap.Normalize(other.Example.Response);

    private static AnswerEnding EndingOf(string answer)
    {
        var text = answer.AsSpan().TrimEnd();
        if (text.IsEmpty)
        {
            return AnswerEnding.Closed;
        }

        var line = text[(text.LastIndexOf('\n') + 1)..];
        if (line.LastIndexOf("####") is >= 0 and var mark && line[(mark + 4)..].Trim() is { Length: > 0 and <= 40 })
        {
            return AnswerEnding.Marked;
        }

        if (Boxed().IsMatch(answer))
        {
            return AnswerEnding.Boxed;
        }

        var inner = text.TrimEnd("\"'”’»)]*_`$");
        if (inner.Length > 0 && ".!?。！？…؟।".Contains(inner[^1]))
        {
            return AnswerEnding.Sentence;
        }

        return text[^1] switch
        {
            var c when char.IsDigit(c) => AnswerEnding.Digit,
            ',' or ':' or ';' or '-' or '–' or '—' or '(' or '[' or '{' or '、' or '，' => AnswerEnding.Open,
            // An item of a list, a short line among several and a hashtag end without a mark.
            var c when char.IsLetter(c) => line.Length < text.Length && (ListItem().IsMatch(line) || WordCount(line) < ShortLine)
                || line[(line.LastIndexOf(' ') + 1)..].StartsWith('#') ? AnswerEnding.Closed : AnswerEnding.Open,
            _ => AnswerEnding.Closed,
        };
    }

    private static int WordCount(ReadOnlySpan<char> line)
    {
        var count = 0;
        foreach (var _ in line.Split(' '))
        {
            count++;
        }

        return count;
    }

    private static string? ResultOf(string answer, AnswerEnding ending, int words) => ending switch
    {
        AnswerEnding.Marked => Bare(answer[(answer.LastIndexOf("####", StringComparison.Ordinal) + 4)..]),
        AnswerEnding.Boxed => Bare(Boxed().Match(answer).Groups[1].Value),
        _ => words is > 0 and <= MostWordsOfLabel ? Bare(answer) : null,
    };

    private static string Bare(string text) => ExampleOverlap.Normalize(text).Replace(",", "", StringComparison.Ordinal)
        .Replace("$", "", StringComparison.Ordinal).TrimEnd('.', '!', ' ');

    [GeneratedRegex(@"\\boxed\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}[.$\s]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Boxed();

    [GeneratedRegex(@"\A\s*(?:[-*+•]|\(?[0-9a-zA-Z]{1,3}[.)])\s", RegexOptions.CultureInvariant)]
    private static partial Regex ListItem();

    [GeneratedRegex(@"(?m)^(?:#{1,6} \S|[ \t]*[-*+] \S|```)|\*\*\S", RegexOptions.CultureInvariant)]
    private static partial Regex Markdown();
}
