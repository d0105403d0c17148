using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using CsvHelper;
using CsvHelper.Configuration;

namespace TSpin.Data;

/// <summary>
/// Cuts a CSV or TSV file (RFC 4180: a header, commas or tabs, quotes around texts that hold separators, quotes or line breaks) into records whose values are
/// texts. A cell of a column that holds turns (<c>messages</c> and its like) may be JSON. Columns without a name, such as an index, are passed over.
/// </summary>
internal static class SeparatedFile
{
    private const int LongestField = JsonLines.LongestLine / 4;
    private static readonly char[] Separators = [',', ';', '\t', '|'];
    private static readonly string[] Commas = [".csv"];
    private static readonly string[] Tabs = [".tsv", ".tab"];
    private static readonly string[] ColumnsOfTurns = ["messages", "conversations", "real", "chosen", "rejected", "prompt", "completion", "history"];

    /// <summary>The separator that a file's name promises; null for no such file.</summary>
    /// <param name="name">The name, without the extension of packed files.</param>
    /// <returns>A comma, a tab or null.</returns>
    public static char? SeparatorOf(string name)
    {
        var extension = Path.GetExtension(name);
        return Commas.Contains(extension, StringComparer.OrdinalIgnoreCase) ? ',' : Tabs.Contains(extension, StringComparer.OrdinalIgnoreCase) ? '\t' : null;
    }

    /// <summary>Cuts a file into records.</summary>
    /// <param name="path">Its name, for messages.</param>
    /// <param name="open">Opens it, unpacked.</param>
    /// <param name="separator">What its name promises.</param>
    /// <returns>The records in order; each is valid until the next one is asked for.</returns>
    /// <exception cref="TSpinException">It is not UTF-8, has another separator, no usable header, or a quote without end.</exception>
    public static IEnumerable<RawRecord> Read(string path, Func<Stream> open, char separator)
    {
        RequireUtf8(path, open);
        using var reader = new StreamReader(open(), Encoding.UTF8);
        var wrong = false;
        var rules = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = separator.ToString(),
            IgnoreBlankLines = true,
            MaxFieldSize = LongestField,
            BadDataFound = _ => wrong = true,
        };
        using var parser = new CsvParser(reader, rules);
        if (!Next(path, parser, 1))
        {
            yield break;
        }

        var header = Header(path, parser, separator);
        var json = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(json, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        for (var line = parser.RawRow + 1; Next(path, parser, line); line = parser.RawRow + 1)
        {
            // Blank lines before the record were counted too.
            var start = parser.RawRow - LineBreaks(parser.RawRecord) + 1;
            wrong = false;
            var cells = parser.Record!;
            if (wrong)
            {
                yield return new RawRecord(start, default, "has a quotation mark in the middle of a text, or one that is not closed; put the text in quotes and double the quotes in it (RFC 4180)");
            }
            else if (cells.Length != header.Length)
            {
                yield return new RawRecord(
                    start, default,
                    $"has {cells.Length} fields where the header has {header.Length}; put texts that hold a {Word(separator)} or a line break in quotes");
            }
            else
            {
                yield return new RawRecord(start, Json(header, cells, json, writer));
            }
        }
    }

    private static bool Next(string path, CsvParser parser, int line)
    {
        try
        {
            if (!parser.Read())
            {
                return false;
            }
        }
        catch (MaxFieldSizeException error)
        {
            throw NoEnd(path, line, error);
        }

        // Where a text opens and does not close, the rest of the file is in it.
        return parser.RawRecord.Count('"') % 2 == 0 || LineBreaks(parser.RawRecord) == 1 ? true : throw NoEnd(path, line, null);
    }

    private static TSpinException NoEnd(string path, int line, Exception? error) =>
        new($"{path}:{line}: a quotation mark opens a text that has no end; close it, or double the quotes within texts (RFC 4180)", error!);

    private static string[] Header(string path, CsvParser parser, char separator)
    {
        var header = parser.Record!;
        var line = parser.RawRecord.TrimEnd('\r', '\n');
        if (header.Length == 1 && Separators.Where(other => other != separator && line.Contains(other, StringComparison.Ordinal)).ToArray() is [var other, ..])
        {
            throw new TSpinException(
                $"{path}:1: the header has one column, \"{Shown(line)}\": the file is separated by {Word(other)}s, not by {Word(separator)}s as its name says; "
                + (other == '\t' ? "name it .tsv" : other == ',' ? "name it .csv" : $"save it with {Word(separator)}s"));
        }

        return header.Where(name => name.Length > 0).GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice
            ? throw new TSpinException($"{path}:1: the header has two columns named \"{twice.Key}\"; rename one")
            : header;
    }

    private static ReadOnlyMemory<byte> Json(string[] header, string[] cells, ArrayBufferWriter<byte> json, Utf8JsonWriter writer)
    {
        json.ResetWrittenCount();
        writer.Reset(json);
        writer.WriteStartObject();
        for (var i = 0; i < cells.Length; i++)
        {
            if (header[i].Length == 0)
            {
                continue;
            }

            writer.WritePropertyName(header[i]);
            if (ColumnsOfTurns.Contains(header[i]) && IsTurns(cells[i], header[i] == "history"))
            {
                writer.WriteRawValue(cells[i]);
            }
            else
            {
                writer.WriteStringValue(cells[i]);
            }
        }

        writer.WriteEndObject();
        writer.Flush();
        return json.WrittenMemory;
    }

    // A list of turns, or of pairs; a text that happens to be a list of other things stays text.
    private static bool IsTurns(string cell, bool arePairs)
    {
        if (!cell.StartsWith('['))
        {
            return false;
        }

        try
        {
            using var document = JsonDocument.Parse(cell);
            return document.RootElement.EnumerateArray().All(item => arePairs ? item.ValueKind == JsonValueKind.Array
                : item.ValueKind == JsonValueKind.Object && (item.TryGetProperty("role", out _) || item.TryGetProperty("from", out _)));
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void RequireUtf8(string path, Func<Stream> open)
    {
        using var stream = open();
        foreach (var line in JsonLines.Read(stream))
        {
            if (line.Fault is { } fault)
            {
                throw new TSpinException($"{path}:{line.Line}: {fault}");
            }

            if (!Utf8.IsValid(line.Json.Span))
            {
                throw new TSpinException(
                    $"{path}:{line.Line}: is not UTF-8: \"{Shown(Encoding.Latin1.GetString(line.Json.Span))}\" if it is Windows-1252 or Latin-1, as older spreadsheets write; "
                    + "save it as UTF-8, for example: iconv -f WINDOWS-1252 -t UTF-8 IN > OUT");
            }
        }
    }

    private static int LineBreaks(string record) => Math.Max(1, record.Count('\n') + (record.EndsWith('\n') ? 0 : 1));

    private static string Shown(string text) => text.Length <= 80 ? text : $"{text[..80]}…";

    private static string Word(char separator) => separator switch { ',' => "comma", ';' => "semicolon", '\t' => "tab", _ => "bar" };
}
