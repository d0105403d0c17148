using System.Text.RegularExpressions;

namespace TSpin.Evaluation.Mathematics;

/// <summary>
/// Makes LaTeX as models write it readable: boxes opened, decoration and units taken off, shorthand spelled out; as
/// math_verify does before it parses.
/// </summary>
internal static partial class LatexNormalization
{
    // Boxes nearer than these many characters belong together; farther ones only with a separator between them.
    private const int Near = 10;
    private const int Far = 70;

    // Milliseconds that a pattern may take: a text of blanks makes some try everything.
    private const int Limit = 2000;

    private static readonly (Regex Pattern, string Replacement)[] Operators =
    [
        (RaisedGroup(), "^{$1}"), (RootOfGroup(), "\\sqrt{$1}"), (FractionOfDigits(), "\\frac{$1}{$2}"),
            (LogarithmOfDigits(), "\\log_{$1}{$2}"), (FractionUnderDigit(), "\\frac{$1}{$2}"),
        (FractionOverDigit(), "\\frac{$1}{$2}"), (RootOfDigit(), "\\sqrt{$1}"),
    ];

    // The first that matches at a place is taken, so the order counts.
    private static readonly Dictionary<string, string> Words = new (string Key, string Value)[]
    {
        ("math", "\\text"), ("text", "\\text"), ("frac", "\\frac"), ("space", " 0."), ("brace", "{0."),
            ("approx", "\\approx"), ("comma", ","), ("and", ","), ("andtext", ","),
        ("backslash", " "), ("infinity", "\\infty"), ("dots", " "), ("percent", "\\%"), ("percenttext", "%"),
            ("inf", "\\infty"), ("sqrt", "\\sqrt"),
    }.ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);

    /// <summary>
    /// The text, ready to be parsed; a <see cref="RegexMatchTimeoutException"/> where that takes too long.
    /// </summary>
    /// <param name="text">What was found.</param>
    /// <param name="lastBoxOnly">True takes the last box, and those that stand close to it; false all boxes.</param>
    public static string Of(string text, bool lastBoxOnly)
    {
        text = Boxed(text, lastBoxOnly);
        text = text.Replace("\\mathrm{T}", "T", StringComparison.Ordinal).Replace("\\mathrm{d}", "d",
            StringComparison.Ordinal).Replace("{\\rm d}", "d", StringComparison.Ordinal)
            .Replace("\\left[\\begin{matrix}", "\\begin{bmatrix}",
                StringComparison.Ordinal).Replace("\\end{matrix}\\right]", "\\end{bmatrix}", StringComparison.Ordinal);
        text = Right().Replace(Left().Replace(text, "$1"), "$1");
        text = Decoration().Replace(text, "");
        text = Word().Replace(text, match => Words[Words.Keys.First(name => match.Groups[name].Success)]);
        text = text.Replace('\n', ' ').Replace('\t', ' ');
        text = text.Contains("matrix", StringComparison.Ordinal) ? text : DoubledBackslash().Replace(text, "\\");
        text = OrItself(PythonString.Strip(UnitInText().Replace(text, "")), text);
        text = OrItself(Unit().Replace(text, "$1"), text);
        text = OrItself(Unit().Replace(text, "$1"), text);
        text = text.StartsWith('.') ? "0" + text : text;
        text = text == "0.5" ? "\\frac{1}{2}" : text;
        foreach (var (pattern, replacement) in Operators)
        {
            text = pattern.Replace(text, replacement);
        }

        text = text.Replace(" sqrt", "\\sqrt", StringComparison.Ordinal);
        return PythonString.Strip(Ratio(Fractions(Roots(text))));
    }

    private static string OrItself(string changed, string text) => changed.Length > 0 ? changed : text;

    // The contents of boxes, from the last to the first, joined in the order written.
    private static string Boxed(string text, bool lastOnly)
    {
        var found = new List<string>();
        var (before, limit, lastStart) = (text.Length, text.Length, -1);
        while (before > 0)
        {
            var boxed = text.LastIndexOf("\\boxed", before - 1, StringComparison.Ordinal);
            var framed = text.LastIndexOf("\\fbox", before - 1, StringComparison.Ordinal);
            var start = Math.Max(boxed, framed);
            if (start < 0)
            {
                break;
            }

            var open = start + (boxed > framed ? "\\boxed".Length : "\\fbox".Length);
            while (open < limit && char.IsWhiteSpace(text[open]))
            {
                open++;
            }

            if (open >= limit)
            {
                break;
            }

            var close = text[open] == '{' ? ClosingBrace(text, open, limit) : -1;
            if (close < 0)
            {
                if (found.Count == 0)
                {
                    found.Add(text[open..]);
                }

                break;
            }

            var content = PythonString.Strip(text[(open + 1)..close]);
            if (lastOnly && lastStart >= 0 && !BelongTogether(text[(close + 1)..lastStart], content, found[^1]))
            {
                break;
            }

            if (found.Count == 0 || found[^1] != content)
            {
                found.Add(content);
            }

            (before, limit, lastStart) = (start, start, start);
        }

        found.Reverse();
        return found.Count == 0 ? text : string.Join(',', found);
    }

    private static bool BelongTogether(string between, string content, string next) =>
        between.Length < Near || (next != content && between.Length < Far && Separator().IsMatch(between));

    private static int ClosingBrace(string text, int open, int limit)
    {
        var depth = 0;
        for (var i = open; i < limit; i++)
        {
            depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
            if (depth == 0)
            {
                return i;
            }
        }

        return -1;
    }

    // \frac12 and its like; where one cannot be completed nothing is changed.
    private static string Fractions(string text)
    {
        var parts = text.Split("\\frac");
        for (var i = 1; i < parts.Length; i++)
        {
            var part = parts[i].TrimStart();
            if (part.StartsWith('{'))
            {
                parts[i] = part;
            }
            else if (part.Length < 2)
            {
                return text;
            }
            else
            {
                parts[i] = "{" + part[0] + "}" + (part[1] == '{' ? part[1..] : "{" + part[1] + "}" + part[2..]);
            }
        }

        return string.Join("\\frac", parts);
    }

    private static string Roots(string text)
    {
        var parts = text.Split("\\sqrt");
        for (var i = 1; i < parts.Length; i++)
        {
            var part = parts[i].TrimStart();
            parts[i] = part.Length > 0 && part[0] is not ('{' or '[') ? "{" + part[0] + "}" + part[1..] : part;
        }

        return string.Join("\\sqrt", parts);
    }

    private static string Ratio(string text) => WholeRatio().IsMatch(text)
        ? "\\frac{" + text.Replace("/", "}{", StringComparison.Ordinal) + "}" : text;

    [GeneratedRegex(@"\\m?left(\\\{|\{|\\\||\||\[|\(|\\rbracl|\\lgroup|\\lbrace|\\lbrack|\\l?vert|\\lceil|\\lfloor|\\langle|\\llcorner|\\ulcorner)", RegexOptions.None, Limit)]
    private static partial Regex Left();

    [GeneratedRegex(@"\\m?right(\\\}|\}|\\\||\||\]|\)|\\rbrack|\\rgroup|\\rbrace|\\r?vert|\\rceil|\\rfloor|\\rangle|\\lrcorner|\\urcorner)", RegexOptions.None, Limit)]
    private static partial Regex Right();

    [GeneratedRegex(@"\\mathrm\{th\}|\\!\s*|\\text\s*\{\s*\}|\\\$|\$|(?<!\\)[""']|\\displaystyle", RegexOptions.None,
        Limit)]
    private static partial Regex Decoration();

    [GeneratedRegex(
        @"(?<math>\\math(?:rm|it|bf))|(?<text>\\text(?:normal|bf|it|rm))|(?<frac>\\[dtc]frac)|(?<space>\s\.)|(?<brace>\{\.)|(?<approx>~=)|(?<comma>\s*\{\s*,\s*\})"
        + @"|(?<and>(?<![a-zA-Z]),?\s*(?:and|or)(?![a-zA-Z]))|(?<andtext>,?\s*\\text\{\s*(?:and|or)\s*\})|(?<backslash>(?<!\\)\\\s)|(?<infinity>infinity)|(?<dots>,?\\ldots)"
        + @"|(?<percent>\s*\bpercentage\b)|(?<percenttext>\\text\{percentage\})|(?<percent>\s*\bpercent\b)|(?<percenttext>\\text\{percent\})|(?<percent>\s*\bpct\b)|(?<percenttext>\\text\{pct\})"
        + @"|(?<inf>(?<!\\)inf(?!inity))|(?<sqrt> sqrt)",
        RegexOptions.None,
        Limit)]
    private static partial Regex Word();

    [GeneratedRegex(@"\\\\(?=[a-zA-Z])", RegexOptions.None, Limit)]
    private static partial Regex DoubledBackslash();

    [GeneratedRegex(@"\\(?:text|mbox)\{.*?\}(?:\^\d|\{\^\d\})?$", RegexOptions.None, Limit)]
    private static partial Regex UnitInText();

    [GeneratedRegex(
        @"(\d|\}|\s)\s*(?:integerpoint|feet|sue|digit|pound|meal|edge|student|children ticket|multiple|east|degree|mph|kmph|ft|m square| m east|sq m|deg|mile|q .|monkey|prime|ratio"
        + @"|profit of rs|rd|o|gm|p . m|lb|tile|per|dm|lt|gain|ab|way|west|[a-h] .|t|h|no change|men|soldier|pie|bc|excess|st|inches|noon|cent|by|gal|kmh|c|acre|rise|a . m|th|π r 2|sq|mark"
        + @"|l|toy|coin|sq . m|gallon|° f|profit|minw|yr|women|am|pm|hr|cu cm|square|are|rupee|rounds|cubic|cc|mtr|s|ohm|number|day|hour|minute|min|second|man|woman|sec|cube|mt|sq inch|mp"
        + @"|hectare|more|unit|cu . m|cm 2|rs .|rs|kg|g|month|km|m|cm|mm|apple|liter|loss|yard|pure|year|increase|decrease|d|less|Surface|litre|pi sq m|s .|metre|meter|inch)(?:s|es)?\s*$",
        RegexOptions.None,
        Limit)]
    private static partial Regex Unit();

    [GeneratedRegex(@"\b(?:and|or)\b|,|;", RegexOptions.None, Limit)]
    private static partial Regex Separator();

    [GeneratedRegex(@"\^\s?\((.*?)\)", RegexOptions.None, Limit)]
    private static partial Regex RaisedGroup();

    [GeneratedRegex(@"sqrt\s?\((.*?)\)", RegexOptions.None, Limit)]
    private static partial Regex RootOfGroup();

    [GeneratedRegex(@"\\frac\s?(\d)\s?(\d+)", RegexOptions.None, Limit)]
    private static partial Regex FractionOfDigits();

    [GeneratedRegex(@"\\log_\s?(\d)\s?(\d+)", RegexOptions.None, Limit)]
    private static partial Regex LogarithmOfDigits();

    [GeneratedRegex(@"\\frac\s?\{(.*?)\}\s?(\d)", RegexOptions.None, Limit)]
    private static partial Regex FractionUnderDigit();

    [GeneratedRegex(@"\\frac\s?(\d)\s?\{(.*?)\}", RegexOptions.None, Limit)]
    private static partial Regex FractionOverDigit();

    [GeneratedRegex(@"\\sqrt\s?(\d)", RegexOptions.None, Limit)]
    private static partial Regex RootOfDigit();

    [GeneratedRegex(@"^-?(?:0|[1-9]\d*)/-?(?:0|[1-9]\d*)\z", RegexOptions.None, Limit)]
    private static partial Regex WholeRatio();
}
