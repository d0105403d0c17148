using System.Text.RegularExpressions;

namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>
/// The words of a sentence as nltk's <c>word_tokenize</c> has them: the Penn Treebank's rules (quotes, punctuation,
/// clitics apart) as nltk improved them. Quotes come out as the
/// Treebank writes them.
/// </summary>
internal static class TreebankWords
{
    private const string Space = PythonRegex.Space;
    private static readonly string Word = PythonRegex.Word;
    private static readonly string Edge = PythonRegex.Boundary;

    // In nltk's order: each sees what those before it left.
    private static readonly (Regex Pattern, string Replacement)[] BeforePadding =
    [
        (Rule("([\u00ab\u201c\u2018\u201e]|`+)"), " $1 "),
        (Rule("^\""), "``"),
        (Rule("(``)"), " $1 "),
        (Rule(@"([ (\[{<])(""|'{2})"), "$1 `` "),
        (Rule($"(?i)(')(?!re|ve|ll|m|t|s|d|n)({Word}){Edge}"), "$1 $2"),
        (Rule($@"([^.])(\.)([\])}}>""'\u00bb\u201d\u2019 ]*){Space}*$"), "$1 $2 $3 "),
        (Rule($"([:,])((?!{PythonRegex.Digit})[\\s\\S])"), " $1 $2"),
        (Rule("([:,])$"), " $1 "),
        (Rule(@"\.{2,}"), " $0 "),
        (Rule("[;@#$%&]"), " $0 "),
        (Rule($@"([^.])(\.)([\])}}>""']*){Space}*$"), "$1 $2$3 "),
        (Rule("[?!]"), " $0 "),
        (Rule("([^'])' "), "$1 ' "),
        (Rule(@"\*"), " $0 "),
        (Rule(@"[\]\[(){}<>]"), " $0 "),
        (Rule("--"), " -- "),
    ];

    private static readonly (Regex Pattern, string Replacement)[] AfterPadding =
    [
        (Rule("([\u00bb\u201d\u2019])"), " $1 "),
        (Rule("''"), " '' "),
        (Rule("\""), " '' "),
        (Rule("([^' ])('[sS]|'[mM]|'[dD]|') "), "$1 $2 "),
        (Rule("([^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) "), "$1 $2 "),
        .. new[] { "(can)(not)", "(d)('ye)", "(gim)(me)", "(gon)(na)", "(got)(ta)", "(lem)(me)",
            "(more)('n)" }.Select(pair => (Rule($"(?i){Edge}{pair}{Edge}"), " $1 $2 ")),
        (Rule($"(?i){Edge}(wan)(na)(?={Space})"), " $1 $2 "),
        (Rule($"(?i) ('t)(is){Edge}"), " $1 $2 "),
        (Rule($"(?i) ('t)(was){Edge}"), " $1 $2 "),
    ];

    /// <summary>Splits one sentence.</summary>
    /// <param name="sentence">As a splitter gave it.</param>
    /// <returns>Words and marks in order.</returns>
    public static IReadOnlyList<string> Of(string sentence)
    {
        foreach (var (pattern, replacement) in BeforePadding)
        {
            sentence = pattern.Replace(sentence, replacement);
        }

        sentence = $" {sentence} ";
        foreach (var (pattern, replacement) in AfterPadding)
        {
            sentence = pattern.Replace(sentence, replacement);
        }

        return PythonText.Words(sentence);
    }

    private static Regex Rule(string pattern) => PythonRegex.Create(pattern);
}
