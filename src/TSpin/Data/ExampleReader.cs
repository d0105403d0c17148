using System.Text.Json;
using System.Text.Unicode;
using TSpin.Recipes;
using TSpin.Recipes.Binding;

namespace TSpin.Data;

/// <summary>
/// Reads annotated examples from JSONL files (one record per line, read as a stream) and JSON files (an array of records, or an object
/// that holds one such array; at most 1 GiB). UTF-8, with or without byte order mark; LF or CRLF; blank lines are passed over.
/// <para>
/// Records: <c>messages</c> (the first user turn and the assistant turn after it; a system turn before them is put before the prompt with
/// an empty line between; later turns are not used), <c>prompt</c> with <c>response</c> or <c>completion</c>, alpaca's
/// <c>instruction</c> / <c>input</c> / <c>output</c> (an input that is not blank follows the instruction after an empty line), SPIN's
/// <c>real</c>, GSM8K's <c>question</c> / <c>answer</c>. Other keys are ignored. Texts are kept as they are; a blank prompt or response
/// makes a record bad, and so do invalid UTF-8, a key written twice, and a line of more than 64 MiB.
/// </para>
/// </summary>
public static class ExampleReader
{
    private const int MostFaultsShown = 20;
    private const int MostBadWithoutGood = 1000;
    private static readonly string[] LineExtensions = [".jsonl", ".ndjson"];

    /// <summary>Reads files.</summary>
    /// <param name="paths">The files, read in this order; every one must hold a record, and all must have the same format.</param>
    /// <param name="format">The layout of the records; <see cref="DataFormat.Auto"/> decides from the first record.</param>
    /// <param name="skipBad">Leave bad records out and list them in the result, instead of refusing the files.</param>
    /// <returns>The examples, in file order.</returns>
    /// <exception cref="BadDataException">There are bad records and they may not be skipped; the first 20 are listed together.</exception>
    /// <exception cref="TSpinException">A file cannot be read or is of another kind, holds no record, or the format cannot be decided.</exception>
    public static ExampleSet Read(IEnumerable<string> paths, DataFormat format, bool skipBad)
    {
        var reading = new Reading(format, skipBad);
        var count = 0;
        foreach (var path in paths)
        {
            reading.ReadFile(path);
            count++;
        }

        return count > 0 ? reading.Finish() : throw new TSpinException("data.train: no file is named; name a JSONL or JSON file");
    }

    private sealed class Reading(DataFormat format, bool skipBad)
    {
        private readonly List<AnnotatedExample> _examples = [];
        private readonly List<BadLine> _bad = [];
        private RecordLayout? _layout = RecordLayout.All.FirstOrDefault(layout => layout.Format == format);
        private string _decidedAt = "";

        public void ReadFile(string path)
        {
            var before = _examples.Count + _bad.Count;
            try
            {
                if (Directory.Exists(path))
                {
                    throw new TSpinException($"{path} is a folder; name the JSONL or JSON files in it");
                }

                using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
                foreach (var record in Records(path, stream))
                {
                    Add(path, record);
                }
            }
            catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
            {
                throw new TSpinException($"{path}: no such file; check the path (in a recipe it starts from the recipe's folder)", error);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
            {
                throw new TSpinException($"{path}: cannot be read: {error.Message}", error);
            }

            if (_examples.Count + _bad.Count == before)
            {
                throw new TSpinException($"{path}: holds no records; write one JSON object per line, or remove the file from the list");
            }
        }

        public ExampleSet Finish()
        {
            if (!skipBad && _bad.Count > 0)
            {
                throw TooBad(_bad.Count == 1 ? "The data have a bad record" : $"The data have {_bad.Count} bad records");
            }

            return _examples.Count > 0 ? new ExampleSet(_examples, _bad, _layout!.Format) : throw NothingUsable();
        }

        private IEnumerable<RawRecord> Records(string path, FileStream stream)
        {
            var head = new byte[4];
            ReadOnlySpan<byte> text = head.AsSpan(0, stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false));
            stream.Position = 0;
            if (text.StartsWith<byte>([0x1F, 0x8B]) || text.StartsWith("PK\u0003\u0004"u8))
            {
                throw new TSpinException($"{path}: is a compressed file; unpack it first (gunzip, unzip)");
            }

            if (text.StartsWith("PAR1"u8))
            {
                throw new TSpinException(
                    $"{path}: is a Parquet file, which cannot be read yet; write it as JSONL, "
                    + "for example with pandas: read_parquet(...).to_json(..., orient=\"records\", lines=True)");
            }

            if (text.StartsWith<byte>([0xFF, 0xFE]) || text.StartsWith<byte>([0xFE, 0xFF]))
            {
                throw new TSpinException($"{path}: is UTF-16 text; save it as UTF-8");
            }

            var isDocument = IsDocument(path, stream);
            stream.Position = 0;
            return isDocument ? Document(path, stream) : JsonLines.Read(stream);
        }

        // An array is a document whatever the file is called. So is an object that the first line only begins, or that is all there
        // is, unless the file's name promises lines.
        private static bool IsDocument(string path, FileStream stream)
        {
            using var lines = JsonLines.Read(stream).GetEnumerator();
            if (!lines.MoveNext())
            {
                return false;
            }

            var first = lines.Current.Json.Span;
            return first.StartsWith("["u8)
                || (!LineExtensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)
                    && (first.IsEmpty || JsonFile.StartsLongerValue(first) || !lines.MoveNext()));
        }

        private List<RawRecord> Document(string path, FileStream stream)
        {
            if (stream.Length > JsonFile.LongestDocument)
            {
                throw new TSpinException(
                    $"{path}: {stream.Length} bytes are too many for one JSON document (at most {JsonFile.LongestDocument}); "
                    + "write it as JSONL, one record per line");
            }

            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            var json = bytes.AsMemory(bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0);
            try
            {
                return JsonFile.Read(json, record => (_layout ?? RecordLayout.Of(record))?.Fits(record) == true);
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

        private void Add(string path, RawRecord raw)
        {
            try
            {
                var (prompt, response) = Parse(path, raw);
                _examples.Add(new AnnotatedExample(_examples.Count, prompt, response, path, raw.Line));
            }
            catch (BadRecordException error)
            {
                _bad.Add(new BadLine(path, raw.Line, error.Message));
                if (!skipBad && _bad.Count == MostFaultsShown)
                {
                    throw TooBad($"The data have at least {MostFaultsShown} bad records");
                }

                if (_examples.Count == 0 && _bad.Count == MostBadWithoutGood)
                {
                    throw NothingUsable();
                }
            }
        }

        private (string Prompt, string Response) Parse(string path, RawRecord raw)
        {
            if (raw.Fault is { } fault)
            {
                throw new BadRecordException(fault);
            }

            if (!Utf8.IsValid(raw.Json.Span))
            {
                throw new BadRecordException("is not valid UTF-8; save the file as UTF-8, or remove the line");
            }

            using var document = Json(raw.Json);
            var record = document.RootElement;
            if (record.ValueKind != JsonValueKind.Object)
            {
                throw new BadRecordException($"{RecordField.Show(record)} where a record belongs; write an object {{...}}");
            }

            if (_layout is null)
            {
                _layout = RecordLayout.Of(record) ?? throw new TSpinException(
                    $"{path}:{raw.Line}: the format cannot be decided from this record; it has {RecordField.Keys(record)}. Known: "
                    + string.Join("; ", RecordLayout.All.Select(known => $"{known.Word} with {known.Keys}")) + ". Rename the keys to one of these.");
                _decidedAt = $"{path}:{raw.Line}";
            }

            if (!_layout.Fits(record))
            {
                throw new BadRecordException($"is not of format {_layout.Word}, which has {_layout.Keys}; it has {RecordField.Keys(record)}"
                    + (_decidedAt.Length > 0 ? $". The format was decided from {_decidedAt}; do not mix formats" : "; name the format it has in data.format"));
            }

            var (prompt, response) = _layout.Extract(record);
            Conversation.RequireText(prompt, "prompt");
            Conversation.RequireText(response, "response");
            return (prompt, response);
        }

        private static JsonDocument Json(ReadOnlyMemory<byte> json)
        {
            try
            {
                return RecordJson.Parse(json);
            }
            catch (JsonException error)
            {
                var start = System.Text.Encoding.UTF8.GetString(json.Span[..Math.Min(json.Length, 240)]);
                throw new BadRecordException(
                    $"not valid JSON at byte {1 + (error.BytePositionInLine ?? 0)}: {RecordJson.Explain(error)}: {YamlText.Show(start, quoted: true)}; "
                    + "correct or remove the line");
            }
        }

        private BadDataException TooBad(string heading) =>
            new([.. _bad], heading, "Correct them, or leave them out with data.skip_bad: true (--skip-bad).");

        private BadDataException NothingUsable() =>
            new([.. _bad.Take(MostFaultsShown)], $"None of the first {_bad.Count} records can be used; the first of them", "Correct them, or name another file.");
    }
}
