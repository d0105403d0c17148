using System.Globalization;

namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>
/// Which texts Python's <c>json.loads</c> takes: JSON, and NaN, Infinity and -Infinity; no mark of byte order, no bare
/// controls in strings, no integer beyond 4300 digits.
/// </summary>
internal static class PythonJson
{
    private const int Deepest = 900;
    private const int MostDigits = 4300;

    /// <summary>Whether a text is one value and nothing else.</summary>
    public static bool IsValid(string text)
    {
        var at = SkipSpace(text, 0);
        return Value(text, ref at, 0) && SkipSpace(text, at) == text.Length;
    }

    private static bool Value(string text, ref int at, int depth)
    {
        if (at >= text.Length || depth > Deepest)
        {
            return false;
        }

        switch (text[at])
        {
            case '"':
                return Quoted(text, ref at);
            case '{':
                return Members(text, ref at, depth, '}', isObject: true);
            case '[':
                return Members(text, ref at, depth, ']', isObject: false);
            default:
                foreach (var word in (ReadOnlySpan<string>)["true", "false", "null", "NaN", "Infinity", "-Infinity"])
                {
                    if (string.CompareOrdinal(text, at, word, 0, word.Length) == 0)
                    {
                        at += word.Length;
                        return true;
                    }
                }

                return Number(text, ref at);
        }
    }

    private static bool Members(string text, ref int at, int depth, char end, bool isObject)
    {
        at = SkipSpace(text, at + 1);
        if (at < text.Length && text[at] == end)
        {
            at++;
            return true;
        }

        while (true)
        {
            if (isObject)
            {
                if (at >= text.Length || text[at] != '"' || !Quoted(text, ref at))
                {
                    return false;
                }

                at = SkipSpace(text, at);
                if (at >= text.Length || text[at] != ':')
                {
                    return false;
                }

                at = SkipSpace(text, at + 1);
            }

            if (!Value(text, ref at, depth + 1))
            {
                return false;
            }

            at = SkipSpace(text, at);
            if (at >= text.Length)
            {
                return false;
            }

            var next = text[at++];
            if (next == end)
            {
                return true;
            }

            if (next != ',')
            {
                return false;
            }

            at = SkipSpace(text, at);
        }
    }

    private static bool Quoted(string text, ref int at)
    {
        for (at++; at < text.Length; at++)
        {
            if (text[at] == '"')
            {
                at++;
                return true;
            }

            if (text[at] < ' ' || (text[at] == '\\' && !Escape(text, ref at)))
            {
                return false;
            }
        }

        return false;
    }

    private static bool Escape(string text, ref int at)
    {
        at++;
        if (at >= text.Length)
        {
            return false;
        }

        if (text[at] != 'u')
        {
            return @"""\/bfnrt".Contains(text[at], StringComparison.Ordinal);
        }

        at += 4;
        return at < text.Length
            && uint.TryParse(text.AsSpan(at - 3, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
            out _);
    }

    private static bool Number(string text, ref int at)
    {
        var start = at;
        at += text[at] == '-' ? 1 : 0;
        var whole = Digits(text, ref at, at < text.Length && text[at] == '0' ? 1 : int.MaxValue);
        if (whole == 0)
        {
            at = start;
            return false;
        }

        var isWhole = true;
        var after = at + 1;
        if (at < text.Length && text[at] == '.' && Digits(text, ref after) > 0)
        {
            at = after;
            isWhole = false;
        }

        if (at < text.Length && text[at] is 'e' or 'E')
        {
            after = at + 1 + (at + 1 < text.Length && text[at + 1] is '+' or '-' ? 1 : 0);
            if (Digits(text, ref after) > 0)
            {
                at = after;
                isWhole = false;
            }
        }

        return !isWhole || whole <= MostDigits;
    }

    private static int Digits(string text, ref int at, int most = int.MaxValue)
    {
        var start = at;
        while (at < text.Length && at - start < most && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        return at - start;
    }

    private static int SkipSpace(string text, int at)
    {
        while (at < text.Length && text[at] is ' ' or '\t' or '\n' or '\r')
        {
            at++;
        }

        return at;
    }
}
