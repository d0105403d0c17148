namespace TSpin.Evaluation.Mathematics;

/// <summary>Cuts LaTeX into pieces; spaces of every kind are left out.</summary>
internal static class LatexLexer
{
    /// <summary>More pieces than these are no answer.</summary>
    public const int MostTokens = 2000;

    private const string Signs = "+-*/^_()[]{}|,;:!=<>%&'";

    // sympy's parser knows these; a point is a piece of its own, so that .5 is no number.
    private const string PlainSigns = "+-*/^_()[]{}|,:!=<>'.";

    private static readonly HashSet<string> Spaces = new(StringComparer.Ordinal)
    {
        ",", ":", ";", "!", " ", "thinspace", "medspace", "thickspace", "quad", "qquad", "negthinspace", "negmedspace",
            "negthickspace", "left", "right", "displaystyle", "limits",
    };

    // Likewise; every other command is a variable.
    private static readonly HashSet<string> PlainSpaces = new(StringComparer.Ordinal)
    {
        ",", ":", ";", "!", "*", "-", ".", "/", "\"", "(", "=", "thinspace", "medspace", "thickspace", "quad", "qquad",
            "negthinspace", "negmedspace", "negthickspace", "left", "right", "vrule", "vcenter", "vbox", "vskip", "vspace",
            "hfil",
    };

    // Read also where a letter follows at once: math_verify takes \cdotx for \cdot x.
    private static readonly string[] Operators = ["cdot", "times", "div"];

    // Commands whose braces hold a word, not an expression.
    private static readonly HashSet<string> Words = new(StringComparer.Ordinal) { "text", "mbox", "textbf", "textit",
        "textrm", "mathrm", "mathit", "mathbf", "operatorname", "begin", "end", "mathbb", "mathcal" };

    private static readonly Dictionary<char, string> Other = new (char Key, string Value)[]
    {
        ('\u00d7', "times"), ('\u00b7', "cdot"), ('\u00f7', "div"), ('\u03c0', "pi"),
            ('\u2264', "le"), ('\u2265', "ge"), ('\u222a', "cup"),
        ('\u00b1', "pm"), ('\u00b0', "circ"), ('\u2260', "ne"), ('\u2212', "-"),
    }.ToDictionary(entry => entry.Key, entry => entry.Value);

    /// <summary>The pieces, without an end.</summary>
    /// <param name="text">LaTeX, without dollars.</param>
    /// <param name="isPlain">
    /// True reads as sympy's parser does, whose commands are few and hold no words; false takes a few characters beyond
    /// ASCII for their commands.
    /// </param>
    /// <exception cref="LatexException">It holds what no expression holds, or too much.</exception>
    public static IEnumerable<LatexToken> Read(string text, bool isPlain)
    {
        var count = 0;
        for (var at = 0; at < text.Length;)
        {
            var token = Next(text, isPlain, ref at);
            if (token is { } read)
            {
                yield return ++count <= MostTokens ? read : throw new LatexException("too long");
            }
        }
    }

    private static LatexToken? Next(string text, bool isPlain, ref int at)
    {
        var character = text[at];
        if (char.IsAsciiDigit(character)
            || (!isPlain && character == '.' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1])))
        {
            return Number(text, ref at);
        }

        if (character == '\\')
        {
            return Command(text, isPlain, ref at);
        }

        at++;
        if (char.IsWhiteSpace(character))
        {
            return null;
        }

        if (char.IsAsciiLetter(character))
        {
            return new LatexToken(LatexTokenKind.Letter, character.ToString());
        }

        if (!isPlain && Other.TryGetValue(character, out var command))
        {
            return command == "-" ? new LatexToken(LatexTokenKind.Sign, command)
                : new LatexToken(LatexTokenKind.Command, command);
        }

        return (isPlain ? PlainSigns : Signs).Contains(character, StringComparison.Ordinal)
            ? new LatexToken(LatexTokenKind.Sign, character.ToString()) : throw new LatexException($"'{character}'");
    }

    private static LatexToken Number(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        if (at + 1 < text.Length && text[at] == '.' && char.IsAsciiDigit(text[at + 1]))
        {
            at++;
            while (at < text.Length && char.IsAsciiDigit(text[at]))
            {
                at++;
            }
        }

        return new LatexToken(LatexTokenKind.Number, text[start..at]);
    }

    private static LatexToken? Command(string text, bool isPlain, ref int at)
    {
        var start = ++at;
        while (at < text.Length && char.IsAsciiLetter(text[at]))
        {
            at++;
        }

        at += at == start && at < text.Length ? 1 : 0;
        var name = text[start..at];
        if (isPlain)
        {
            return PlainCommand(name, at < text.Length ? text[at] : '\0');
        }

        if (Spaces.Contains(name))
        {
            return null;
        }

        if (!Words.Contains(name))
        {
            if (Array.Find(Operators, known => name.StartsWith(known, StringComparison.Ordinal)) is { } known)
            {
                at = start + known.Length;
                name = known;
            }

            return name.Length > 0 ? new LatexToken(LatexTokenKind.Command, name)
                : throw new LatexException("a bare backslash");
        }

        var brace = at;
        while (brace < text.Length && text[brace] == ' ')
        {
            brace++;
        }

        var end = brace < text.Length && text[brace] == '{' ? text.IndexOf('}', brace) : -1;
        if (end < 0)
        {
            throw new LatexException($"\\{name} without braces");
        }

        at = end + 1;
        var inside = text[(brace + 1)..end].Trim();
        return name is "begin" or "end" or "mathbb" ? new LatexToken(LatexTokenKind.Command, $"{name} {inside}")
            : new LatexToken(LatexTokenKind.Word, inside);
    }

    private static LatexToken? PlainCommand(string name, char next) =>
        // A bar with \left or \right is one of quantum mechanics.
        name is "left" or "right" && next == '|' ? throw new LatexException($"\\{name}|")
        : PlainSpaces.Contains(name) ? null
        : name.Length > 0 && (char.IsAsciiLetter(name[0]) || name is "{" or "}")
            ? new LatexToken(LatexTokenKind.Command, name) : throw new LatexException($"\\{name}");
}
