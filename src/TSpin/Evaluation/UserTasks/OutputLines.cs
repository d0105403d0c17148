using System.Text;

namespace TSpin.Evaluation.UserTasks;

/// <summary>
/// Lines that a program writes, read as they come: all are counted, the first or the last few are kept, each up to a
/// length.
/// </summary>
/// <param name="most">How many are kept.</param>
/// <param name="keepsFirst">Whether the first or the last.</param>
internal sealed class OutputLines(int most, bool keepsFirst)
{
    private const int LongestLine = 300;

    private readonly LinkedList<string> _kept = [];
    private readonly StringBuilder _line = new();
    private readonly Lock _lock = new();
    private long _blankBehind;

    /// <summary>Lines so far, without blank ones at the end.</summary>
    public long Count { get; private set; }

    /// <summary>Reads to the end.</summary>
    public async Task ReadAsync(StreamReader reader)
    {
        var buffer = new char[4096];
        try
        {
            while (await reader.ReadAsync(buffer) is > 0 and var read)
            {
                Take(buffer.AsSpan(0, read));
            }

            if (_line.Length > 0)
            {
                Take("\n");
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // It was killed.
        }
    }

    /// <summary>The lines that were kept, without white space at their ends.</summary>
    public IReadOnlyList<string> Lines()
    {
        lock (_lock)
        {
            return [.. _kept];
        }
    }

    private void Take(ReadOnlySpan<char> characters)
    {
        lock (_lock)
        {
            foreach (var character in characters)
            {
                if (character == '\n')
                {
                    End(_line.ToString().Trim());
                    _line.Clear();
                }
                else if (_line.Length < LongestLine)
                {
                    _line.Append(character);
                }
            }
        }
    }

    private void End(string line)
    {
        if (line.Length == 0)
        {
            _blankBehind++;
            return;
        }

        for (; _blankBehind > 0; _blankBehind--)
        {
            Keep("");
        }

        Keep(line);
    }

    private void Keep(string line)
    {
        Count++;
        if (!keepsFirst && _kept.Count == most)
        {
            _kept.RemoveFirst();
        }

        if (_kept.Count < most)
        {
            _kept.AddLast(line);
        }
    }
}
