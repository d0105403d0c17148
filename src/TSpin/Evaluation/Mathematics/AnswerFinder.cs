using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace TSpin.Evaluation.Mathematics;

/// <summary>
/// Finds the answer in a text as math_verify does: behind "final answer is", in a box, behind "answer", else the last
/// expression in dollars or the last number; of what stands in one of
/// these places the last that can be read.
/// </summary>
internal static class AnswerFinder
{
    private const int MostNext = 5;
    private const int LongestExpression = 10_000;

    // A text in which no answer is found in this time has none.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private static readonly Lazy<(Regex Pattern, int Priority, bool IsLatex)[]> Patterns = new(() =>
        [.. LatexPatterns(), .. NumberPatterns()]);

    private static readonly Regex Complex = new(
        @"\\mathbb\{C\}|\\i\b|\bi\b|\\text\{i\}|\\mathrm\{i\}|\\imath\b|\\det|\\operatorname\{(?:tr|rank|Re|Im)\}|\\text\{(?:rank|Re|Im)\}|\\arg\{|\\Re\{|\\Im\{", RegexOptions.CultureInvariant);

    private static readonly Regex EqualSign = new(@"(?<![\\<!>])=", RegexOptions.CultureInvariant);
    private static readonly Regex NumberWithCommas = new(@"^\s*-?\d{1,3}(,\d{3})+(\.\d+)?\s*\z",
        RegexOptions.CultureInvariant);

    /// <summary>The answer.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="latexOnly">True for annotated solutions: plain numbers are not looked for.</param>
    /// <returns>
    /// It as an expression, if it is one that can be read, and as text; both null where there is nothing.
    /// </returns>
    public static (MathNode? Expression, string? Text) Find(string text, bool latexOnly)
    {
        string? first = null;
        var clock = Stopwatch.StartNew();
        try
        {
            foreach (var group in Patterns.Value.Where(pattern => pattern.IsLatex || !latexOnly).GroupBy(pattern =>
                pattern.Priority).OrderBy(group => group.Key))
            {
                var matches = group.SelectMany(pattern =>
                    pattern.Pattern.Matches(text).Select(match => (Match: match, pattern.IsLatex)))
                    .OrderByDescending(found => found.Match.Index + found.Match.Length).ThenBy(found =>
                        found.Match.Index);
                foreach (var (match, isLatex) in matches)
                {
                    if (clock.Elapsed > Limit)
                    {
                        return (null, null);
                    }

                    var (expression, written) = isLatex ? OfLatex(match) : OfNumber(match);
                    first ??= written.Length > 0 ? written : null;
                    if (expression is not null)
                    {
                        return (expression, first);
                    }
                }
            }
        }
        catch (RegexMatchTimeoutException)
        {
            return (null, null);
        }

        return (null, first);
    }

    private static (MathNode? Expression, string Text) OfLatex(Match match)
    {
        var (nodes, texts) = (new List<MathNode?>(), new List<string>());
        foreach (var prefix in Enumerable.Range(0, MostNext + 1).Select(Prefix))
        {
            var group = match.Groups.Values.FirstOrDefault(group =>
                group.Name.StartsWith(prefix + "latex", StringComparison.Ordinal) && group.Length > 0);
            if (group is { Length: > LongestExpression })
            {
                return (null, "");
            }

            if (group is not null)
            {
                var text = LatexNormalization.Of(group.Value,
                    lastBoxOnly: group.Name.EndsWith("latexBoxed", StringComparison.Ordinal));
                var node = Read(text);
                texts.Add(text);
                nodes.Add(node is not null && match.Groups[prefix + "percent"].Success ? Percent(node) : node);
            }
        }

        return nodes.Count == 0 ? (null, "")
            : nodes.Count > 1 && nodes.TrueForAll(node => node is not null)
                ? (new SetNode([.. nodes.SelectMany(node => node is SetNode set ? set.Elements : [node!])]),
                string.Join(" and ", texts))
            : (nodes[0], texts[0]);
    }

    // Where the whole is no expression, what follows the last sign of several equalities may be one.
    private static MathNode? Read(string text)
    {
        if (TryRead(text) is { } node)
        {
            return node;
        }

        var parts = text.AsSpan().IndexOfAny(',', ';') < 0 ? EqualSign.Split(text) : [];
        return parts.Length > 2 ? TryRead(parts[^1]) : null;
    }

    private static MathNode? TryRead(string text)
    {
        try
        {
            return LatexParser.Parse(NumberWithCommas.IsMatch(text) ? text.Replace(",", "", StringComparison.Ordinal)
                : text, LatexDialect.Verify(isReal: !Complex.IsMatch(text)));
        }
        catch (LatexException)
        {
            return null;
        }
    }

    private static MathNode Percent(MathNode node) => node is NumberNode number ? new PercentNode(number)
        : new ProductNode([node, new NumberNode(BigInteger.One, 100, false)]);

    private static (MathNode? Expression, string Text) OfNumber(Match match)
    {
        string Of(string name) =>
            match.Groups.Values.FirstOrDefault(group => group.Name.StartsWith(name, StringComparison.Ordinal)
            && group.Length > 0)?.Value ?? "";
        var (whole, part) = (Of("integer"), Of("decimal"));
        if (whole.Length + part.Length > 0)
        {
            whole = whole.Replace(",", "", StringComparison.Ordinal).Replace(" ", "",
                StringComparison.Ordinal).TrimStart('0');
            var text = (whole.Length == 0 ? "0" : whole) + part.Replace(',', '.');
            var node = TryRead(text);
            return (node is not null && match.Groups["percent"].Success ? Percent(node) : node, text);
        }

        var expression = Of("expr");
        return (expression.Length > 0 && !expression.Contains('×', StringComparison.Ordinal)
            && !expression.Contains('÷', StringComparison.Ordinal) ? TryRead(Braced(expression.Replace('\n', ' ')))
            : null, expression);
    }

    // Powers of groups as LaTeX writes them, and no point without a digit behind it.
    private static string Braced(string expression) =>
        RaisedGroup.Replace(BarePoint.Replace(expression, "$1.0"), "^{$1$2}");

    private static readonly Regex BarePoint = new(@"(\d)\.(?!\d)", RegexOptions.CultureInvariant);

    private static readonly Regex RaisedGroup = new(@"\^\s*(?:\(([^()]*)\)|(-\d+(?:\.\d+)?))",
        RegexOptions.CultureInvariant);

    private static string Prefix(int number) => number == 0 ? "first_"
        : string.Create(CultureInfo.InvariantCulture, $"next{number}_");

    private static IEnumerable<(Regex Pattern, int Priority, bool IsLatex)> LatexPatterns()
    {
        var found = Environment(Prefix(0),
            inBox: false) + string.Concat(Enumerable.Range(1, MostNext).Select(i =>
            $@"(?:\s*(?:,?and|,?or|,)\s*{Environment(Prefix(i), inBox: false)})?"));
        var boxed = Environment(Prefix(0),
            inBox: true) + string.Concat(Enumerable.Range(1, MostNext).Select(i =>
            $@"\s*(?:\s*(?:,?and|,?or|,)\s*{Environment(Prefix(i), inBox: true)})?"));
        (string Pattern, int Priority)[] patterns =
        [
            ($@"(?i:final answer is)\:?\s*(?:{found})\.?\s?I hope", 0),
                ($@"(?i:final answer.{{0,100}}?)\s+is\:?\s*(?:{found})", 50),
                ($"(?i:answer):.{{0,50}}?(?:{found})", 100),
            ($"(?i:answer).{{0,50}}?(?:{found})", 200), ($"(?:{found})", 300), (boxed, 50),
                (@"(?<first_latexBoxed>\\boxed{.+})", 50),
        ];
        return patterns.Select(entry =>
            (new Regex(entry.Pattern, RegexOptions.Singleline | RegexOptions.CultureInvariant, Limit), entry.Priority,
            true));
    }

    // What stands between dollars, or LaTeX's brackets, or a bare fraction; behind it perhaps a percent.
    private static string Environment(string prefix, bool inBox)
    {
        string Content(string one) => inBox ? $@"{one}*?\\boxed{{{one}+?}}{one}*?" : $"{one}+?";
        var kinds = new List<string>
        {
            $@"(?<!\\)\$\$(?<{prefix}latexDisplayDollar>{Content(@"(?:[^$]|\$(?!\$))")})(?<!\\)\$\$",
            $@"(?<!\\)\\\[(?<{prefix}latexDisplayBracket>{Content(@"(?:[^\\]|\\(?!\]))")})(?<!\\)\\\]",
            $@"(?<!\\|\d)\$(?<{prefix}latexInlineDollar>{Content(@"(?:\\[$]|[^\n$])")})(?<!\\)\$",
            $@"(?<!\\)\\\((?<{prefix}latexInlineParenthesis>{Content(@"(?:[^\\\n]|\\(?!\)))")})(?<!\\)\\\)",
            $@"\s\[(?<{prefix}latexInlineBracket>{Content(@"[^\n\]\[]")})\]\s",
        };
        if (!inBox)
        {
            kinds.Add($@"(?<{prefix}latexFraction>-?\\frac{{-?\d+(?:[.,]\d+)?}}{{-?\d+(?:[.,]\d+)?}})");
        }

        return $@"(?:(?:{string.Join('|', kinds)})\s*(?<{prefix}percent>(?:\\?%|[Pp]ercent|[Pp]ercentage|[Pp]ct))?)";
    }

    private static IEnumerable<(Regex Pattern, int Priority, bool IsLatex)> NumberPatterns()
    {
        const string Number = @"(?<!\d)(?:(?<integer1>-?[1-9]\d{0,2}(?:[ ,]\d{3})+)(?<decimal1>\.\d+)?|(?<integer2>-?\d+)(?<decimal2>[.,]\d+)|(?<decimal3>\.\d+)|(?<integer3>-?\d+))"
            + @"(?<percent>\s*(?:%|[Pp]ercent|\s*[Pp]ercentage|\s*[Pp]ct))?";
        const string Operators = @"\+\-\*×\/\^\(\)÷";
        const string Any = @"[\d\.\s" + Operators + "]";
        const string Before = @"(?:^|\s|\=)(?:\*\*)?";
        const string Expression = "(?:" + Before + @"(?<expr>-?\(?-?\d" + Any + "*[" + Operators + "]" + Any + @"+\)?)(?:\*\*)?(?:\.|,|:|\s|\)|\$|$))";
        const string Anchored = "(?:" + Before + "[$€£¥₹₽₪₩₫฿₡₢₣₤₥₦₧₨₭₮₯₰₱₲₳₴₵₶₷₸₺₻₼₾₿]?" + Number + ")";
        const string Either = "(?:" + Expression + "|" + Anchored + ")";
        (string Pattern, int Priority)[] patterns =
        [
            (@"(?i:final answer is)\:?\s*" + Either + @"\.?\s?I hope", 0),
                (@"(?i:final answer.{0,100}?)\s+is\:?" + Either, 50),
            (@"(?i:answer):(?:.{0,100}=\s*|.{0,50}?)" + Either + @"(?!\s*=)", 100),
                (@"(?i:answer)(?:.{0,100}=\s*|.{0,50}?)" + Either + @"(?!\s*=)", 200), (Expression, 300),
                (Anchored, 300),
        ];
        return patterns.Select(entry =>
            (new Regex(entry.Pattern, RegexOptions.CultureInvariant, Limit), entry.Priority, false));
    }
}
