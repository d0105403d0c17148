using System.Text.Json;
using TSpin.Arrow;
using TSpin.Files;
using TSpin.Parquet;

namespace TSpin.Data;

/// <summary>
/// Opens a file of records and cuts it: JSON Lines, a JSON document, CSV or TSV, each of them also packed with gzip or Zstandard, Parquet or Arrow. What a file
/// is, its first bytes say, not its name; only CSV and TSV have nothing but their name.
/// </summary>
internal static class SourceFile
{
    private static readonly string[] LineExtensions = [".jsonl", ".ndjson"];
    private static readonly string[] PackedExtensions = [".gz", ".zst", ".zstd"];

    /// <summary>Cuts a file into records.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isRecord">Whether a lone object is itself a record rather than a wrapper around an array of them.</param>
    /// <returns>The records; of Parquet files the rows, their numbers for lines.</returns>
    /// <exception cref="TSpinException">The file is of another kind, or damaged.</exception>
    /// <exception cref="InvalidDataException">A packed file is damaged or cut.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IEnumerable<RawRecord> Read(string path, Func<JsonElement, bool> isRecord)
    {
        if (Directory.Exists(path))
        {
            throw new TSpinException($"{path} is a folder; name a file in it");
        }

        var head = Head(() => OpenFile(path));
        if (head.StartsWith("PAR1"u8))
        {
            return Rows(path);
        }

        if (ArrowFile.Begins(head))
        {
            return ArrowRows(path);
        }

        if (head.StartsWith("PK\u0003\u0004"u8))
        {
            throw new TSpinException($"{path}: is a ZIP archive; unpack it first (unzip)");
        }

        Func<Stream> open = head switch
        {
            [0x1F, 0x8B, ..] => () => new GzipFileStream(() => OpenFile(path)),
            _ when ZstdStream.Begins(head) => () => new ZstdStream(OpenFile(path)),
            _ => () => OpenFile(path),
        };
        return Texts(path, open, isRecord);
    }

    /// <summary>What is said of a file that cannot be read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="error">What opening or reading it threw.</param>
    /// <returns>The fault with its cure, or null where the error is another one.</returns>
    public static TSpinException? FaultOf(string path, Exception error) => error switch
    {
        FileNotFoundException or DirectoryNotFoundException => new TSpinException(
            $"{path}: no such file; check the path (in a recipe it starts from the recipe's folder)", error),
        InvalidDataException => new TSpinException(
            $"{path}: cannot be unpacked: the file is damaged or cut off ({error.Message}); download or write it again", error),
        IOException or UnauthorizedAccessException or NotSupportedException => new TSpinException(
            $"{path}: cannot be read: {error.Message}; check the file and its permissions", error),
        _ => null,
    };

    private static IEnumerable<RawRecord> Rows(string path)
    {
        using var file = ParquetFile.Open(path);
        foreach (var row in file.Read())
        {
            yield return new RawRecord((int)Math.Min(row.Number, int.MaxValue), row.Json, row.Fault, file.NotRead);
        }
    }

    private static IEnumerable<RawRecord> ArrowRows(string path)
    {
        using var file = ArrowFile.Open(path);
        var number = 0;
        foreach (var (json, fault) in file.Read())
        {
            yield return new RawRecord(number = number == int.MaxValue ? number : number + 1, json, fault, file.NotRead);
        }
    }

    private static IEnumerable<RawRecord> Texts(string path, Func<Stream> open, Func<JsonElement, bool> isRecord)
    {
        if (Head(open) is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            throw new TSpinException($"{path}: is UTF-16 text; save it as UTF-8");
        }

        if (SeparatedFile.SeparatorOf(Unpacked(path)) is { } separator)
        {
            return SeparatedFile.Read(path, open, separator);
        }

        return IsDocument(path, open) ? Document(path, open, isRecord) : Lines(open);
    }

    private static IEnumerable<RawRecord> Lines(Func<Stream> open)
    {
        using var stream = open();
        foreach (var record in JsonLines.Read(stream))
        {
            yield return record;
        }
    }

    private static string Unpacked(string path) =>
        PackedExtensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase) ? Path.GetFileNameWithoutExtension(path) : path;

    private static byte[] Head(Func<Stream> open)
    {
        using var stream = open();
        var head = new byte[4];
        return head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
    }

    // An array is a document whatever the file is called. So is an object that the first line only begins, or that is all there
    // is, unless the file's name promises lines.
    private static bool IsDocument(string path, Func<Stream> open)
    {
        using var stream = open();
        using var lines = JsonLines.Read(stream).GetEnumerator();
        if (!lines.MoveNext())
        {
            return false;
        }

        var name = Unpacked(path);
        var first = lines.Current.Json.Span;
        return first.StartsWith("["u8)
            || (!LineExtensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase)
                && (first.IsEmpty || JsonFile.StartsLongerValue(first) || !lines.MoveNext()));
    }

    private static IEnumerable<RawRecord> Document(string path, Func<Stream> open, Func<JsonElement, bool> isRecord)
    {
        try
        {
            return JsonFile.Read(open, isRecord);
        }
        catch (JsonException error)
        {
            throw new TSpinException(
                $"{path}:{1 + (error.LineNumber ?? 0)}: not valid JSON: {RecordJson.Explain(error)}; correct the file, or write it as JSONL, one record per line",
                error);
        }
        catch (BadRecordException error)
        {
            throw new TSpinException($"{path}: {error.Message}", error);
        }
    }

    private static FileStream OpenFile(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
}
