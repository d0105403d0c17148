using System.Buffers;
using System.Text.Json;

namespace TSpin.Files;

/// <summary>
/// Appends records to a JSON Lines file, one line each, handed to the operating system as it is appended: a process killed at any
/// moment loses at most the record it was writing. What such a death leaves behind, a last line without its end, is repaired on opening.
/// </summary>
/// <typeparam name="T">The record's type.</typeparam>
/// <remarks>Not thread-safe. One writer per file (see <see cref="FolderLock"/>); readers may read meanwhile.</remarks>
public sealed class JsonLinesWriter<T> : IDisposable
{
    private readonly FileStream _stream;
    private readonly JsonSerializerOptions _options;
    private readonly ArrayBufferWriter<byte> _line = new();

    /// <summary>Opens a file for appending; creates it and its folder if missing, repairs a torn last line.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How records become JSON; by default <see cref="JsonLinesFormat.Default"/>. Indentation is never used.</param>
    /// <exception cref="TSpinException">The file or its folder can't be written.</exception>
    public JsonLinesWriter(string path, JsonSerializerOptions? options = null)
    {
        Path = System.IO.Path.GetFullPath(path);
        options ??= JsonLinesFormat.Default;
        _options = options.WriteIndented ? new JsonSerializerOptions(options) { WriteIndented = false } : options;

        FileStream? stream = null;
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
            stream = new FileStream(Path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
            RemovedBytes = Repair(stream);
            stream.Seek(0, SeekOrigin.End);
            _stream = stream;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            stream?.Dispose();
            throw CannotWrite(Path, error);
        }
    }

    /// <summary>The file's full path.</summary>
    public string Path { get; }

    /// <summary>Bytes of an unfinished last line that opening cut off; 0 when the file was whole. Worth a line in the log.</summary>
    public long RemovedBytes { get; }

    /// <summary>Appends one record as one line.</summary>
    /// <param name="record">The record.</param>
    /// <exception cref="TSpinException">The disk is full or the file has become unwritable; the file still holds whole lines only.</exception>
    public void Append(T record)
    {
        _line.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_line, new JsonWriterOptions { Encoder = _options.Encoder, SkipValidation = true }))
        {
            JsonSerializer.Serialize(json, record, _options);
        }

        _line.GetSpan(1)[0] = (byte)'\n';
        _line.Advance(1);

        var before = _stream.Position;
        try
        {
            // One unbuffered write: the record is the operating system's as soon as this returns.
            _stream.Write(_line.WrittenSpan);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            TryCut(before);
            throw CannotWrite(Path, error);
        }
    }

    /// <summary>Waits until everything appended is on the disk itself, for the end of a stage.</summary>
    public void FlushToDisk()
    {
        try
        {
            _stream.Flush(flushToDisk: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(Path, error);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    private static long Repair(FileStream stream)
    {
        var end = stream.Length;
        var tailStart = EndOfLastLine(stream, end);
        if (tailStart == end)
        {
            return 0;
        }

        if (IsWholeRecord(stream, tailStart, end))
        {
            // Only the line end is missing (a kill between the two, or a file made by hand): nothing need be lost.
            stream.Seek(0, SeekOrigin.End);
            stream.WriteByte((byte)'\n');
            return 0;
        }

        stream.SetLength(tailStart);
        return end - tailStart;
    }

    /// <summary>The position after the last line feed, searched from the end.</summary>
    private static long EndOfLastLine(FileStream stream, long end)
    {
        var chunk = new byte[1 << 16];
        while (end > 0)
        {
            var start = Math.Max(0, end - chunk.Length);
            var part = chunk.AsSpan(0, (int)(end - start));
            stream.Seek(start, SeekOrigin.Begin);
            stream.ReadExactly(part);
            var lineFeed = part.LastIndexOf((byte)'\n');
            if (lineFeed >= 0)
            {
                return start + lineFeed + 1;
            }

            end = start;
        }

        return 0;
    }

    // Only an object or array shows by its closing bracket that it is whole; the number 12 may be the beginning of 123.
    private static bool IsWholeRecord(FileStream stream, long start, long end)
    {
        if (end - start > JsonLinesReader.MaxLineBytes)
        {
            return false;
        }

        var tail = new byte[end - start];
        stream.Seek(start, SeekOrigin.Begin);
        stream.ReadExactly(tail);
        try
        {
            using var document = JsonDocument.Parse(tail);
            return document.RootElement.ValueKind is JsonValueKind.Object or JsonValueKind.Array;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private void TryCut(long length)
    {
        try
        {
            _stream.SetLength(length);
            _stream.Seek(length, SeekOrigin.Begin);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The next opening repairs what can't be repaired now.
        }
    }

    private static TSpinException CannotWrite(string path, Exception error) =>
        new($"{path}: could not be written: {error.Message} Check free space and permissions, then run the same command again; it continues from here.", error);
}
