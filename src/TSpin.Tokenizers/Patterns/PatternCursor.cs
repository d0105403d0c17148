using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.Patterns;

/// <summary>A place in the text of a pattern that is being read.</summary>
internal sealed class PatternCursor(string pattern)
{
    private const int MaximumDepth = 100;

    private int _depth;

    public string Pattern => pattern;

    public int Position { get; set; }

    public bool AtEnd => Position >= pattern.Length;

    public char Current => pattern[Position];

    /// <summary>The character after the current one, or NUL.</summary>
    public char Next => Position + 1 < pattern.Length ? pattern[Position + 1] : '\0';

    public int NextCodePoint()
    {
        var point = CodePoints.At(pattern, Position, out var units);
        Position += units;
        return point;
    }

    public bool Take(char c)
    {
        if (AtEnd || pattern[Position] != c)
        {
            return false;
        }

        Position++;
        return true;
    }

    public bool TakeText(string text)
    {
        if (string.CompareOrdinal(pattern, Position, text, 0, text.Length) != 0)
        {
            return false;
        }

        Position += text.Length;
        return true;
    }

    /// <summary>Goes one group or class deeper; a bound keeps hostile patterns from exhausting the stack.</summary>
    public void Enter()
    {
        if (++_depth > MaximumDepth)
        {
            throw Fault($"groups or classes nested deeper than {MaximumDepth}");
        }
    }

    public void Leave() => _depth--;

    public PatternSyntaxException Fault(string fault) => new(pattern, Position, fault);
}
