namespace TSpin.Cli;

/// <summary>The last lines of a terminal, rewritten in place. Lines are cut so that none wraps.</summary>
/// <param name="output">The terminal.</param>
/// <param name="width">Its width in characters, now.</param>
/// <param name="isColoured">Whether colours are wanted (NO_COLOR says no).</param>
internal sealed class LiveBlock(TextWriter output, Func<int> width, bool isColoured)
{
    private const int NarrowTerminal = 60;
    private const int LongestBar = 24;
    private int[] _painted = [];

    /// <summary>Whether standard error is a terminal whose lines can be rewritten.</summary>
    public static bool IsOnConsole => !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not ("dumb" or "");

    /// <summary>Whether colours are wanted there.</summary>
    public static bool IsConsoleColoured => Environment.GetEnvironmentVariable("NO_COLOR") is null or "";

    /// <summary>A bar, in front of a line; empty where the terminal is narrow.</summary>
    /// <param name="done">How much of <paramref name="total"/>.</param>
    /// <param name="total">All.</param>
    public string Bar(long done, long total)
    {
        if (width() < NarrowTerminal || total <= 0)
        {
            return "";
        }

        var filled = (int)Math.Clamp(done * LongestBar / total, 0, LongestBar);
        return new string('━', filled) + new string('┄', LongestBar - filled) + "  ";
    }

    /// <summary>Puts these lines where the last ones were.</summary>
    /// <param name="lines">The lines.</param>
    public void Paint(params IReadOnlyList<string> lines)
    {
        var room = Math.Max(10, width() - 1);
        string[] cut = [.. lines.Select(line => line.Length > room ? line[..room] : line)];
        // The cursor rests below, so that what others write comes on a line of its own.
        output.Write(Erased() + string.Concat(cut.Select(line => Coloured(line) + '\n')));
        output.Flush();
        _painted = [.. cut.Select(line => line.Length)];
    }

    /// <summary>Leaves the lines where they are, because something was written below them; the next ones come below
    /// that.</summary>
    public void Leave() => _painted = [];

    /// <summary>Takes the lines away; what is written next stands in their place.</summary>
    public void Clear()
    {
        if (_painted.Length > 0)
        {
            output.Write(Erased());
            _painted = [];
        }
    }

    // A terminal that was made narrower has wrapped what stands there.
    private string Erased()
    {
        var rows = _painted.Sum(length => 1 + (Math.Max(0, length - 1) / Math.Max(1, width())));
        return "\r\x1b[2K" + string.Concat(Enumerable.Repeat("\x1b[1A\x1b[2K", rows));
    }

    private string Coloured(string line)
    {
        var (from, to) = (line.IndexOf('━', StringComparison.Ordinal), line.LastIndexOf('━'));
        return isColoured && from >= 0 ? $"{line[..from]}\x1b[36m{line[from..(to + 1)]}\x1b[0m{line[(to + 1)..]}"
            : line;
    }
}
