using System.Globalization;

namespace TSpin.Tokenizers.Patterns;

/// <summary>Ranges of code points written in hexadecimal: <c>41-5A AA C0-D6</c>.</summary>
internal static class CodePointRanges
{
    public static (int First, int Last)[] Parse(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(range => range.Split('-')).Select(ends => (Hex(ends[0]), Hex(ends[^1])))];

    /// <summary>Whether one of the ranges, which are in order, has a code point.</summary>
    public static bool Contain((int First, int Last)[] ranges, int codePoint)
    {
        var (low, high) = (0, ranges.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (codePoint > ranges[middle].Last)
            {
                low = middle + 1;
            }
            else if (codePoint < ranges[middle].First)
            {
                high = middle - 1;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
