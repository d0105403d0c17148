using TSpin.Tokenizers.Patterns;
using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.PreTokenizers;

/// <summary>A text cut into matches and what lies between them, from the first character to the last.</summary>
internal sealed class Segments
{
    private readonly List<(int Start, int End, bool IsMatch)> _segments = [];

    /// <summary>Cuts by a pattern; inverted, what lies between its matches counts as the match.</summary>
    public static Segments ByPattern(ReadOnlySpan<char> text, Pattern pattern, bool invert)
    {
        var matches = new List<(int Start, int End)>();
        pattern.FindAll(text, matches);
        var result = new Segments();
        var position = 0;
        foreach (var (start, end) in matches)
        {
            result.AddBetween(position, start, invert);
            result._segments.Add((start, end, !invert));
            position = end;
        }

        result.AddBetween(position, text.Length, invert);
        return result;
    }

    /// <summary>Cuts by a set; every code point of the set is a match of its own.</summary>
    public static Segments ByCodePoint(ReadOnlySpan<char> text, CodePointSet set)
    {
        var result = new Segments();
        var start = 0;
        for (var position = 0; position < text.Length;)
        {
            var isMatch = set.Contains(CodePoints.At(text, position, out var units));
            if (isMatch)
            {
                result.AddBetween(start, position, false);
                result._segments.Add((position, position + units, true));
                start = position + units;
            }

            position += units;
        }

        result.AddBetween(start, text.Length, false);
        return result;
    }

    /// <summary>Appends the parts that the behaviour makes of the segments.</summary>
    public void Emit(TextPiece piece, SplitBehavior behavior, PieceList output)
    {
        switch (behavior)
        {
            case SplitBehavior.Isolated:
                foreach (var (start, end, _) in _segments)
                {
                    output.Add(piece.Slice(start, end));
                }

                break;
            case SplitBehavior.Removed:
                foreach (var (start, end, isMatch) in _segments)
                {
                    if (!isMatch)
                    {
                        output.Add(piece.Slice(start, end));
                    }
                }

                break;
            case SplitBehavior.Contiguous:
                EmitJoined(piece, output, (previous, current) => previous == current);
                break;
            case SplitBehavior.MergedWithPrevious:
                EmitJoined(piece, output, (previous, current) => current && !previous);
                break;
            case SplitBehavior.MergedWithNext:
                EmitMergedWithNext(piece, output);
                break;
            default:
                throw new InvalidOperationException(behavior.ToString());
        }
    }

    private void EmitJoined(TextPiece piece, PieceList output, Func<bool, bool, bool> joins)
    {
        var partStart = 0;
        for (var i = 1; i <= _segments.Count; i++)
        {
            if (i == _segments.Count || !joins(_segments[i - 1].IsMatch, _segments[i].IsMatch))
            {
                output.Add(piece.Slice(partStart, _segments[i - 1].End));
                partStart = _segments[i - 1].End;
            }
        }
    }

    private void EmitMergedWithNext(TextPiece piece, PieceList output)
    {
        // A match joins what follows it unless that is a match too.
        var partStart = 0;
        for (var i = 0; i < _segments.Count; i++)
        {
            var joinsNext = i + 1 < _segments.Count && _segments[i].IsMatch && !_segments[i + 1].IsMatch;
            if (!joinsNext)
            {
                output.Add(piece.Slice(partStart, _segments[i].End));
                partStart = _segments[i].End;
            }
        }
    }

    private void AddBetween(int start, int end, bool isMatch)
    {
        if (start < end)
        {
            _segments.Add((start, end, isMatch));
        }
    }
}
