using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text.Unicode;

namespace TSpin.Files;

/// <summary>
/// Reads a run's JSON files forgivingly: a run that is still going, or was killed, has missing files and a
/// half-written last line. What could not be read is counted and noted, and the rest is used.
/// </summary>
internal static partial class TolerantJson
{
    /// <summary>Longest line that is parsed (64 MiB): anything longer is not a record of ours.</summary>
    public const int MaxLineBytes = 64 << 20;

    /// <summary>Reads a JSONL file, one object per line.</summary>
    /// <param name="path">The file; a missing one has no lines.</param>
    /// <param name="notes">Receives one sentence when lines or the file could not be read.</param>
    /// <param name="use">Called for each object, in file order. The element is valid during the call only.</param>
    /// <param name="wanted">Where given, lines that begin with an <c>index</c> it refuses are skipped without being parsed.</param>
    public static void ForEach(string path, ICollection<string> notes, Action<JsonElement> use, Func<long, bool>? wanted = null)
    {
        if (!File.Exists(path))
        {
            return;
        }

        var unreadable = 0;
        try
        {
            foreach (var line in Lines(path))
            {
                if (line is not { } bytes)
                {
                    unreadable++;
                    continue;
                }

                if (wanted is not null && LeadingIndex(bytes.Span) is { } index && !wanted(index))
                {
                    continue;
                }

                using var document = TryParse(bytes);
                if (document is null)
                {
                    unreadable++;
                }
                else
                {
                    use(document.RootElement);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            notes.Add($"{path} could not be read: {error.Message}");
        }

        if (unreadable > 0)
        {
            notes.Add($"{path}: {unreadable} unreadable line{(unreadable == 1 ? "" : "s")} left out (the last line of a run that was killed is often half-written).");
        }
    }

    /// <summary>Reads a file that holds one JSON object.</summary>
    /// <typeparam name="T">What the object becomes.</typeparam>
    /// <param name="path">The file; a missing one gives <see langword="null"/>.</param>
    /// <param name="notes">Receives one sentence when the file could not be read.</param>
    /// <param name="use">Turns the object into the result.</param>
    /// <returns>The result, or <see langword="null"/> when there is no readable object.</returns>
    public static T? ReadObject<T>(string path, ICollection<string> notes, Func<JsonElement, T> use)
        where T : class
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            if (new FileInfo(path).Length > MaxLineBytes)
            {
                notes.Add($"{path} is larger than {MaxLineBytes >> 20} MiB, not a file this program wrote: left out.");
                return null;
            }

            using var document = TryParse(File.ReadAllBytes(path));
            if (document is not null)
            {
                return use(document.RootElement);
            }

            notes.Add($"{path} is not a JSON object: left out.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            notes.Add($"{path} could not be read: {error.Message}");
        }

        return null;
    }

    /// <summary>Parses one object; null where it is none.</summary>
    internal static JsonDocument? TryParse(ReadOnlyMemory<byte> bytes)
    {
        if (Utf8.IsValid(bytes.Span) && TryParseStrictly(bytes) is { } document)
        {
            return document;
        }

        // Python writes NaN and Infinity bare, which JSON forbids; and bytes that are not UTF-8 may come from anywhere.
        var text = BareNonFinite().Replace(Encoding.UTF8.GetString(bytes.Span), "null");
        return TryParseStrictly(Encoding.UTF8.GetBytes(text));
    }

    private static JsonDocument? TryParseStrictly(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var document = JsonDocument.Parse(bytes);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }

            document.Dispose();
        }
        catch (JsonException)
        {
            // Counted by the caller.
        }

        return null;
    }

    /// <remarks>Bounded on both sides, so that a line of blanks takes no more than linear time.</remarks>
    [GeneratedRegex(@"(?<=[:,\[]\s{0,4})-?(NaN|Infinity)(?=\s{0,4}[,\}\]])", RegexOptions.CultureInvariant)]
    private static partial Regex BareNonFinite();

    /// <summary>The value of <c>index</c> when it is the line's first property: lets long lines be skipped unparsed.</summary>
    internal static long? LeadingIndex(ReadOnlySpan<byte> line)
    {
        var prefix = "{\"index\":"u8;
        if (!line.StartsWith(prefix))
        {
            return null;
        }

        return Utf8Parser.TryParse(line[prefix.Length..].TrimStart((byte)' '), out long index, out _) ? index : null;
    }

    /// <summary>The non-blank lines of a file; <see langword="null"/> stands for one that is too long.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>?> Lines(string path)
    {
        // A running run appends to the file while we read it.
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        var buffer = new byte[1 << 18];
        var (start, end, tooLong) = (0, 0, false);
        while (true)
        {
            var read = stream.Read(buffer, end, buffer.Length - end);
            var scanned = end;
            end += read;
            for (var at = IndexOfLineFeed(buffer, scanned, end); at >= 0; at = IndexOfLineFeed(buffer, start, end))
            {
                if (tooLong)
                {
                    yield return null;
                }
                else if (!IsBlank(buffer, start, at))
                {
                    yield return buffer.AsMemory(start, at - start);
                }

                (start, tooLong) = (at + 1, false);
            }

            if (read == 0)
            {
                if (tooLong)
                {
                    yield return null;
                }
                else if (!IsBlank(buffer, start, end))
                {
                    yield return buffer.AsMemory(start, end - start);
                }

                yield break;
            }

            (buffer, start, end, tooLong) = MakeRoom(buffer, start, end, tooLong);
        }
    }

    private static (byte[] Buffer, int Start, int End, bool TooLong) MakeRoom(byte[] buffer, int start, int end, bool tooLong)
    {
        var held = end - start;
        if (tooLong || held > MaxLineBytes)
        {
            return (buffer, 0, 0, true);
        }

        var target = held > buffer.Length / 2 ? new byte[buffer.Length * 2] : buffer;
        Buffer.BlockCopy(buffer, start, target, 0, held);
        return (target, 0, held, false);
    }

    private static int IndexOfLineFeed(byte[] buffer, int from, int to)
    {
        var at = buffer.AsSpan(from, to - from).IndexOf((byte)'\n');
        return at < 0 ? -1 : from + at;
    }

    private static bool IsBlank(byte[] buffer, int from, int to) =>
        buffer.AsSpan(from, to - from).IndexOfAnyExcept(" \t\r"u8) < 0;
}
