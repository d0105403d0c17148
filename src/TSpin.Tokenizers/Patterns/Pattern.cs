namespace TSpin.Tokenizers.Patterns;

/// <summary>
/// A regular expression over code points with Oniguruma's meaning (leftmost, first branch first), as tokenizers uses it. The
/// framework's own engine works on UTF-16 units, so <c>\p{L}</c> there misses letters beyond U+FFFF; this one does not. Thread-safe.
/// </summary>
internal sealed class Pattern
{
    private readonly PatternMatcher _matcher;

    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="PatternSyntaxException">The pattern is malformed or uses what is not supported.</exception>
    public Pattern(string pattern)
    {
        Source = pattern;
        _matcher = new PatternMatcher(pattern);
    }

    public string Source { get; }

    /// <summary>A pattern that matches exactly one text.</summary>
    public static Pattern Literal(string text) =>
        new(string.Concat(text.Select(c => c < 0x80 && !char.IsAsciiLetterOrDigit(c) && c > ' ' ? $"\\{c}" : c.ToString())));

    /// <summary>All matches from left to right, not overlapping, as ranges of UTF-16 units; an empty one never follows a match directly.</summary>
    /// <exception cref="TSpinException">The pattern backtracks beyond all measure on this text.</exception>
    public void FindAll(ReadOnlySpan<char> text, List<(int Start, int End)> matches) => _matcher.FindAll(text, matches);
}
