namespace TSpin.Data;

/// <summary>
/// Cuts a JSONL stream into lines without ever holding more than one of them. Lines end in LF or CRLF; blank lines are passed over
/// (and counted); a byte order mark at the start is dropped.
/// </summary>
internal static class JsonLines
{
    /// <summary>A line longer than this, in bytes, is reported and passed over.</summary>
    public const int LongestLine = 1 << 26;

    /// <summary>Cuts a stream into lines.</summary>
    /// <param name="stream">UTF-8 text.</param>
    /// <param name="longestLine">Longest line in bytes.</param>
    /// <returns>Every line that is not blank; its bytes are valid until the next one is asked for.</returns>
    public static IEnumerable<RawRecord> Read(Stream stream, int longestLine = LongestLine)
    {
        var buffer = new byte[Math.Min(1 << 16, longestLine)];
        var (start, searched, end) = (0, 0, 0);
        var line = 1;
        var isTooLong = false;
        for (var isAtEnd = false; !isAtEnd;)
        {
            var found = buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n');
            if (found < 0)
            {
                searched = end;
                if (isTooLong)
                {
                    (start, searched, end) = (0, 0, 0);
                }
                else if (end == buffer.Length && !MakeRoom(ref buffer, ref start, ref searched, ref end, longestLine))
                {
                    isTooLong = true;
                    (start, searched, end) = (0, 0, 0);
                }

                var read = stream.Read(buffer, end, buffer.Length - end);
                end += read;
                if (read > 0)
                {
                    continue;
                }

                isAtEnd = true;
            }

            var lineEnd = found < 0 ? end : searched + found;
            if (isTooLong)
            {
                yield return new RawRecord(line, default, $"the line is longer than {longestLine} bytes; it is no single record (are line breaks missing?)");
            }
            else if (Trim(buffer.AsMemory(start, lineEnd - start), line) is { Length: > 0 } json)
            {
                yield return new RawRecord(line, json);
            }

            (start, searched, isTooLong) = (lineEnd + 1, lineEnd + 1, false);
            line++;
        }
    }

    private static bool MakeRoom(ref byte[] buffer, ref int start, ref int searched, ref int end, int longestLine)
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, searched, end) = (0, searched - start, end - start);
            return true;
        }

        if (buffer.Length >= longestLine)
        {
            return false;
        }

        Array.Resize(ref buffer, (int)Math.Min(2L * buffer.Length, longestLine));
        return true;
    }

    private static ReadOnlyMemory<byte> Trim(ReadOnlyMemory<byte> line, int number)
    {
        if (number == 1 && line.Span.StartsWith("\uFEFF"u8))
        {
            line = line[3..];
        }

        return line.Trim(" \t\r"u8);
    }
}
