using System.Text.Json;

namespace TSpin.Files;

/// <summary>Reads JSON Lines files record by record, in memory only one line at a time.</summary>
public static class JsonLinesReader
{
    /// <summary>Longest line accepted, in bytes; a longer one is surely not a record.</summary>
    public const int MaxLineBytes = 1 << 28;

    /// <summary>Reads all records, lazily: the file is open while the result is enumerated. Blank lines are passed over.</summary>
    /// <typeparam name="T">The record's type.</typeparam>
    /// <param name="path">The file.</param>
    /// <param name="options">How JSON becomes records; by default <see cref="JsonLinesFormat.Default"/>.</param>
    /// <param name="ignoreTornLastLine">
    /// True leaves out a last line that has no end and is no record, as a log has that is still being written or whose writer was killed.
    /// </param>
    /// <returns>The records in the order of their lines.</returns>
    /// <exception cref="TSpinException">The file is missing, or a line is not a record: names the file, the line and the field.</exception>
    public static IEnumerable<T> Read<T>(string path, JsonSerializerOptions? options = null, bool ignoreTornLastLine = false) =>
        ReadNumbered<T>(path, options, ignoreTornLastLine).Select(row => row.Record);

    /// <summary>Reads all records with the numbers of their lines.</summary>
    /// <typeparam name="T">The record's type.</typeparam>
    /// <param name="path">The file.</param>
    /// <param name="options">As in <see cref="Read"/>.</param>
    /// <param name="ignoreTornLastLine">As in <see cref="Read"/>.</param>
    /// <returns>For each record its line, from 1, and itself.</returns>
    /// <exception cref="TSpinException">As in <see cref="Read"/>.</exception>
    public static IEnumerable<(long Line, T Record)> ReadNumbered<T>(string path, JsonSerializerOptions? options = null, bool ignoreTornLastLine = false)
    {
        var full = Path.GetFullPath(path);
        using var stream = Open(full);
        var buffer = new byte[1 << 16];
        int start = 0, end = 0, searched = 0;
        long line = 0;
        var atEnd = false;
        while (true)
        {
            var lineFeed = buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n');
            if (lineFeed < 0 && !atEnd)
            {
                (buffer, start, end, searched, atEnd) = Refill(stream, buffer, start, end, full, line + 1);
                continue;
            }

            var lineEnd = lineFeed >= 0 ? searched + lineFeed : end;
            if (line++ == 0 && buffer.AsSpan(start, lineEnd - start).StartsWith("\uFEFF"u8))
            {
                start += 3;
            }

            if (!IsBlank(buffer.AsSpan(start, lineEnd - start)))
            {
                if (!TryParse<T>(buffer.AsSpan(start, lineEnd - start), options, out var record, out var fault))
                {
                    if (lineFeed < 0 && ignoreTornLastLine)
                    {
                        yield break;
                    }

                    throw new TSpinException($"{full}:{line}: {fault} {(lineFeed < 0 ? "The last line has no end: its writer was interrupted; remove it" : "Correct or remove the line")}, then run the same command again.");
                }

                yield return (line, record!);
            }

            if (lineFeed < 0)
            {
                yield break;
            }

            start = searched = lineEnd + 1;
        }
    }

    private static FileStream Open(string path)
    {
        try
        {
            // ReadWrite: the writer of a run that is still going keeps the file open.
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TSpinException($"{path}: there is no such file. Check the path.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, error);
        }
    }

    /// <summary>Moves the unfinished line to the front of the buffer, grows the buffer when the line fills it, and reads on.</summary>
    private static (byte[] Buffer, int Start, int End, int Searched, bool AtEnd) Refill(FileStream stream, byte[] buffer, int start, int end, string path, long line)
    {
        var kept = end - start;
        if (kept > MaxLineBytes)
        {
            throw new TSpinException($"{path}:{line}: longer than {DiskSpace.Shown(MaxLineBytes)}; this is not a JSON Lines file with one record a line. Convert it to one.");
        }

        var target = kept > buffer.Length / 2 ? new byte[buffer.Length * 2] : buffer;
        Buffer.BlockCopy(buffer, start, target, 0, kept);
        try
        {
            var read = stream.Read(target, kept, target.Length - kept);
            return (target, 0, kept + read, kept, read == 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, error);
        }
    }

    private static bool TryParse<T>(ReadOnlySpan<byte> line, JsonSerializerOptions? options, out T? record, out string fault)
    {
        fault = "";
        record = default;
        try
        {
            record = JsonSerializer.Deserialize<T>(line, options ?? JsonLinesFormat.Default);
            if (record is JsonElement element)
            {
                JsonTexts.Require(element);
            }

            fault = record is null ? "null is not a record." : "";
            return record is not null;
        }
        catch (JsonException error)
        {
            // System.Text.Json appends a path and a line of its own, which would be read as the file's.
            var reason = error.Message.Split(" Path: ", 2)[0];
            reason = reason.Split(" LineNumber: ", 2)[0];
            fault = error.Path is null or "$" ? $"not a valid record: {reason}" : $"field {Excerpt.Of(error.Path)} is not valid: {reason}";
            return false;
        }
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept(" \t\r"u8) < 0;

    private static TSpinException Unreadable(string path, Exception error) =>
        new($"{path}: could not be read: {error.Message} Check the path and its permissions.", error);
}
