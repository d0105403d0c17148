using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>
/// The parts of regular expressions that Python's <c>re</c> and .NET's engine read differently: what is a word's
/// character, a digit, a space, a boundary, and which letters are
/// the same where case does not count.
/// </summary>
internal static class PythonRegex
{
    /// <summary><c>\s</c>.</summary>
    public const string Space = @"[\s\x1c-\x1f]";

    /// <summary><c>\S</c>.</summary>
    public const string NoSpace = @"[^\s\x1c-\x1f]";

    private const string AnyCharacter = @"(?:[\ud800-\udbff][\udc00-\udfff]|[\s\S])";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    // Letters that are one another where case does not count, though neither is the other's lower case (CPython's
    // re/_casefix.py).
    private static readonly string[] AlsoEqual =
    [
        "i\u0131\u0130", "s\u017f", "\u00b5\u03bc", "\u0345\u03b9\u1fbe", "\u0390\u1fd3", "\u03b0\u1fe3",
            "\u03b2\u03d0", "\u03b5\u03f5", "\u03b8\u03d1", "\u03ba\u03f0", "\u03c0\u03d6",
        "\u03c1\u03f1", "\u03c2\u03c3", "\u03c6\u03d5", "\u0432\u1c80", "\u0434\u1c81", "\u043e\u1c82", "\u0441\u1c83",
            "\u0442\u1c84\u1c85", "\u044a\u1c86", "\u0463\u1c87",
        "\ua64b\u1c88", "\u1e61\u1e9b", "\ufb05\ufb06",
    ];

    private static readonly Lazy<Dictionary<char, string>> SameLetters = new(FindSameLetters);

    /// <summary><c>\w</c>: letters and numbers of every kind and the underscore, no combining marks.</summary>
    public static string Word { get; } = $@"(?:[\p{{L}}\p{{N}}_]|{Beyond(PythonText.IsWord)})";

    /// <summary><c>\d</c>.</summary>
    public static string Digit { get; } = $@"(?:\p{{Nd}}|{Beyond(rune => Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber)})";

    /// <summary><c>\b</c>.</summary>
    public static string Boundary { get; } = $"(?:(?<={Word})(?!{Word})|(?<!{Word})(?={Word}))";

    /// <summary>A pattern in .NET's own words.</summary>
    public static Regex Create(string pattern, RegexOptions options = RegexOptions.None) =>
        new(pattern, options | RegexOptions.CultureInvariant, Limit);

    /// <summary>
    /// A keyword of the data, which the official checker takes as a pattern as it stands. Outside sets and groups'
    /// openings every letter is spelled out with those that Python takes for
    /// the same; the classes mean what they mean there.
    /// </summary>
    /// <param name="pattern">Python's pattern.</param>
    /// <param name="ignoreCase">Whether case counts.</param>
    /// <returns>In .NET's words, closed in a group of its own.</returns>
    /// <exception cref="TSpinException">It is no pattern.</exception>
    public static string Translate(string pattern, bool ignoreCase)
    {
        var result = new StringBuilder("(?:");
        for (var at = 0; at < pattern.Length; at++)
        {
            var character = pattern[at];
            if (character == '\\' && at + 1 < pattern.Length)
            {
                result.Append(Escape(pattern[++at]));
            }
            else if (character == '[')
            {
                var end = pattern.IndexOf(']',
                    Math.Min(pattern.Length, at + (at + 1 < pattern.Length && pattern[at + 1] == '^' ? 3 : 2)));
                end = end < 0 ? pattern.Length - 1 : end;
                result.Append(ignoreCase ? "(?i:" : "(?:").Append(pattern.AsSpan(at, end + 1 - at)).Append(')');
                at = end;
            }
            else if (character == '(' && at + 1 < pattern.Length && pattern[at + 1] == '?')
            {
                var end = pattern.AsSpan(at).IndexOfAny(":=!>)");
                end = end < 0 ? pattern.Length - 1 : at + end;
                result.Append(pattern.AsSpan(at, end + 1 - at).ToString().Replace("(?P<", "(?<",
                    StringComparison.Ordinal));
                at = end;
            }
            else
            {
                result.Append(ignoreCase
                    && SameLetters.Value.TryGetValue(char.ToLowerInvariant(character), out var same) ? $"[{same}]"
                    : character);
            }
        }

        result.Append(')');
        var translated = result.ToString();
        try
        {
            _ = new Regex(translated, RegexOptions.CultureInvariant, Limit);
            return translated;
        }
        catch (ArgumentException error)
        {
            throw new TSpinException($"{Files.Excerpt.Of(pattern)} is not a pattern (keywords and markers are regular expressions): {error.Message} Correct it in kwargs.", error);
        }
    }

    private static string Escape(char letter) => letter switch
    {
        'w' => Word,
        'W' => $"(?:(?!{Word}){AnyCharacter})",
        'd' => Digit,
        'D' => $"(?:(?!{Digit}){AnyCharacter})",
        's' => Space,
        'S' => NoSpace,
        'b' => Boundary,
        'Z' => @"\z",
        _ => "\\" + letter,
    };

    // Letters by their lower case, where more than one has it.
    private static Dictionary<char, string> FindSameLetters()
    {
        var found = new Dictionary<char, StringBuilder>();
        for (int code = 0; code <= char.MaxValue; code++)
        {
            var lower = char.ToLowerInvariant((char)code);
            if (lower != code)
            {
                (found.TryGetValue(lower, out var same) ? same
                    : found[lower] = new StringBuilder().Append(lower)).Append((char)code);
            }
        }

        foreach (var group in AlsoEqual)
        {
            var all = string.Concat(group.SelectMany(letter => found.TryGetValue(letter, out var same)
                ? same.ToString() : letter.ToString()).Distinct());
            foreach (var letter in group)
            {
                found[letter] = new StringBuilder(all);
            }
        }

        return found.ToDictionary(group => group.Key, group => group.Value.ToString());
    }

    // Characters beyond U+FFFF, as pairs of surrogates: the engine sees the halves.
    private static string Beyond(Func<Rune, bool> wanted)
    {
        var byLows = new Dictionary<string, List<char>>(StringComparer.Ordinal);
        for (int plane = 0x10000; plane < 0x40000; plane += 0x400)
        {
            var lows = Ranges(Enumerable.Range(plane, 0x400).Select(code => wanted(new Rune(code))).ToArray());
            if (lows.Length > 0)
            {
                (byLows.TryGetValue(lows, out var highs) ? highs
                    : byLows[lows] = []).Add((char)(0xd800 + ((plane - 0x10000) >> 10)));
            }
        }

        return string.Join('|',
            byLows.Select(entry =>
            $"[{string.Concat(entry.Value.Select(high => $@"\u{(int)high:x4}"))}][{entry.Key}]"));
    }

    private static string Ranges(bool[] wanted)
    {
        var text = new StringBuilder();
        for (var first = 0; first < wanted.Length; first++)
        {
            if (wanted[first])
            {
                var last = first;
                while (last + 1 < wanted.Length && wanted[last + 1])
                {
                    last++;
                }

                text.Append(CultureInfo.InvariantCulture, $@"\u{0xdc00 + first:x4}-\u{0xdc00 + last:x4}");
                first = last;
            }
        }

        return text.ToString();
    }
}
