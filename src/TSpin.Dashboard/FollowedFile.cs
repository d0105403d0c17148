using System.Runtime.CompilerServices;

namespace TSpin.Dashboard;

/// <summary>
/// A JSON Lines file that grows while it is read: each call goes on where the last one ended, over whole lines only. A
/// run that is continued replaces its logs by shorter ones (StepLog); that is seen by what stands before the place, and
/// all is read anew.
/// </summary>
/// <param name="files">Says what may be read.</param>
/// <param name="path">The file; may be absent.</param>
internal sealed class FollowedFile(RunFiles files, string path)
{
    private const int TailBytes = 256;
    private const int MaxLineBytes = 64 << 20;
    private byte[] _tail = [];
    private long _length = -1;
    private DateTime _written;

    /// <summary>Takes a line.</summary>
    /// <param name="line">Its bytes, without the line feed.</param>
    /// <param name="offset">Where it begins in the file.</param>
    public delegate void LineHandler(ReadOnlySpan<byte> line, long offset);

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>Bytes read so far, the end of a whole line.</summary>
    public long Offset { get; private set; }

    /// <summary>Whether the last call stopped before the end.</summary>
    public bool IsBehind { get; private set; }

    /// <summary>Reads what is new.</summary>
    /// <param name="restart">Called first when everything must be read anew.</param>
    /// <param name="use">Receives each new line.</param>
    /// <param name="isEnough">Asked after every megabyte; when it says yes, the next call goes on there. Default: to the end.</param>
    /// <returns>Whether anything was read or forgotten.</returns>
    public bool Read(Action restart, LineHandler use, Func<bool>? isEnough = null)
    {
        var about = new FileInfo(path);
        var length = about.Exists ? about.Length : 0;
        if (!IsBehind && length == _length && (!about.Exists || about.LastWriteTimeUtc == _written))
        {
            return false;
        }

        using var stream = files.TryOpen(path);
        (_length, _written) = (length, about.Exists ? about.LastWriteTimeUtc : default);
        var forgot = false;
        IsBehind = false;
        if (Offset > 0 && (stream is null || !GoesOn(stream)))
        {
            (Offset, _tail, forgot) = (0, [], true);
            restart();
        }

        return (stream is not null && ReadLines(stream, use, isEnough)) || forgot;
    }

    private bool GoesOn(FileStream stream)
    {
        if (stream.Length < Offset)
        {
            return false;
        }

        var now = new byte[_tail.Length];
        stream.Seek(Offset - now.Length, SeekOrigin.Begin);
        stream.ReadExactly(now);
        return now.AsSpan().SequenceEqual(_tail);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool ReadLines(FileStream stream, LineHandler use, Func<bool>? isEnough)
    {
        var buffer = new byte[1 << 20];
        var (held, begin) = (0, Offset);
        stream.Seek(Offset, SeekOrigin.Begin);
        while (stream.Read(buffer, held, buffer.Length - held) is > 0 and var read)
        {
            held += read;
            var start = 0;
            while (buffer.AsSpan(start, held - start).IndexOf((byte)'\n') is >= 0 and var length)
            {
                use(buffer.AsSpan(start, length), Offset);
                Offset += length + 1;
                start += length + 1;
            }

            if (start > 0)
            {
                Remember(buffer.AsSpan(0, start));
                if (isEnough?.Invoke() == true)
                {
                    IsBehind = stream.Position < stream.Length;
                    break;
                }
            }

            buffer.AsSpan(start, held - start).CopyTo(buffer);
            held -= start;
            if (held == buffer.Length)
            {
                if (held >= MaxLineBytes)
                {
                    break;
                }

                Array.Resize(ref buffer, held * 2);
            }
        }

        return Offset > begin;
    }

    private void Remember(ReadOnlySpan<byte> read) =>
        _tail = read.Length >= TailBytes ? read[^TailBytes..].ToArray()
            : [.. _tail.AsSpan(Math.Max(0, _tail.Length - (TailBytes - read.Length))), .. read];
}
