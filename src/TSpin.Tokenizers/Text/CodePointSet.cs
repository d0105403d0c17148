namespace TSpin.Tokenizers.Text;

/// <summary>
/// A set of Unicode code points given by a rule and remembered as bits, 256 code points a page, each page filled when first asked
/// for: as fast as a table, without paying for the whole of Unicode. Thread-safe (a page filled twice is filled alike).
/// </summary>
internal sealed class CodePointSet
{
    private const int PageBits = 8;
    private const int Limit = 0x110000;

    private readonly Func<int, bool> _rule;
    private readonly ulong[]?[] _pages = new ulong[]?[Limit >> PageBits];

    public CodePointSet(Func<int, bool> rule) => _rule = rule;

    public static CodePointSet Of(int codePoint) => new(c => c == codePoint);

    public static CodePointSet Any { get; } = new(_ => true);

    public bool Contains(int codePoint)
    {
        var page = _pages[codePoint >> PageBits] ?? Fill(codePoint >> PageBits);
        return ((page[(codePoint >> 6) & 3] >> (codePoint & 63)) & 1) != 0;
    }

    /// <summary>Where the code points of the set, from a position on, end.</summary>
    public int EndOfRun(ReadOnlySpan<char> text, int position)
    {
        while (position < text.Length)
        {
            var c = text[position];
            if (!char.IsSurrogate(c))
            {
                if (!Contains(c))
                {
                    break;
                }

                position++;
            }
            else if (Contains(CodePoints.At(text, position, out var units)))
            {
                position += units;
            }
            else
            {
                break;
            }
        }

        return position;
    }

    public CodePointSet Negated() => new(c => !Contains(c));

    public CodePointSet Or(CodePointSet other) => new(c => Contains(c) || other.Contains(c));

    public CodePointSet And(CodePointSet other) => new(c => Contains(c) && other.Contains(c));

    private ulong[] Fill(int pageIndex)
    {
        var page = new ulong[4];
        for (var i = 0; i < 256; i++)
        {
            if (_rule((pageIndex << PageBits) | i))
            {
                page[i >> 6] |= 1UL << (i & 63);
            }
        }

        Volatile.Write(ref _pages[pageIndex], page);
        return page;
    }
}
