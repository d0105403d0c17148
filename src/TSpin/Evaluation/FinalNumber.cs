using System.Text.RegularExpressions;

namespace TSpin.Evaluation;

/// <summary>
/// Finds the number that an answer to a word problem ends with, and compares it with the reference, by the rules of
/// lm-evaluation-harness 0.4's task <c>gsm8k</c>: filters <c>strict-match</c> and <c>flexible-extract</c>, metric <c>exact_match</c>
/// that ignores case, commas, dollar signs, everything up to the last <c>####</c>, and a full stop at the end.
/// </summary>
/// <remarks>The patterns mean the same here as in Python: only ASCII digits are named, and <c>$</c> also matches before a last line feed.</remarks>
public static partial class FinalNumber
{
    /// <summary>What is extracted where there is no number.</summary>
    public const string Invalid = "[invalid]";

    /// <summary>The first number behind <c>#### </c> (strict-match).</summary>
    /// <param name="answer">The answer's text.</param>
    /// <returns>The number as written, or <see cref="Invalid"/>.</returns>
    public static string Strict(string answer)
    {
        var match = Marked().Match(answer);
        return match.Success ? match.Groups[1].Value : Invalid;
    }

    /// <summary>The last thing that looks like a number anywhere (flexible-extract), be it only two full stops.</summary>
    /// <param name="answer">The answer's text.</param>
    /// <returns>The number as written, or <see cref="Invalid"/>.</returns>
    public static string Flexible(string answer)
    {
        // Matches must not overlap and are counted from the left, so looking from the right would not find the same ones.
        var last = Invalid;
        foreach (var match in AnyNumber().EnumerateMatches(answer))
        {
            last = answer.Substring(match.Index, match.Length);
        }

        return last;
    }

    /// <summary>Whether an extracted number is the reference's (exact_match).</summary>
    /// <param name="extracted">From <see cref="Strict"/> or <see cref="Flexible"/>.</param>
    /// <param name="reference">The whole annotated answer, ending in <c>#### n</c>, or the number alone.</param>
    /// <returns>True when the two are the same text once what does not count is gone. <c>5.00</c> is not <c>5</c>.</returns>
    public static bool Matches(string extracted, string reference) =>
        string.Equals(Bare(extracted), Bare(reference), StringComparison.Ordinal);

    /// <summary>Whether an answer ends in <c>#### n</c> with nothing but white space behind it.</summary>
    /// <param name="answer">The answer's text.</param>
    /// <returns>True when it keeps the annotated format.</returns>
    public static bool EndsInFormat(string answer) => MarkedAtEnd().IsMatch(answer);

    /// <summary>
    /// A number without what does not count: commas, dollar signs, all up to the last mark, a full stop at the end.
    /// </summary>
    internal static string Bare(string text)
    {
        text = text.Replace(",", "", StringComparison.Ordinal).Replace("$", "", StringComparison.Ordinal);
        var mark = text.LastIndexOf("#### ", StringComparison.Ordinal);
        text = mark < 0 ? text : text[(mark + 5)..];
        return LastStop().Replace(text, "").ToLowerInvariant();
    }

    [GeneratedRegex(@"#### (\-?[0-9\.\,]+)")]
    private static partial Regex Marked();

    [GeneratedRegex(@"#### \-?[0-9\.\,]+\s*\z")]
    private static partial Regex MarkedAtEnd();

    [GeneratedRegex(@"-?[$0-9.,]{2,}|-?[0-9]+")]
    private static partial Regex AnyNumber();

    [GeneratedRegex(@"\.$")]
    private static partial Regex LastStop();
}
