using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace TSpin.Data;

/// <summary>The records of annotated files as JSON Lines, whatever kind of files they stand in: for looking at them, and for tools that read nothing else.</summary>
public static class SourceRecords
{
    /// <summary>Reads all records, lazily.</summary>
    /// <param name="path">A file, a folder or a pattern, see <see cref="SourceFiles"/>.</param>
    /// <returns>Every record as JSON on one line, UTF-8, without line break; valid until the next one is asked for.</returns>
    /// <exception cref="TSpinException">A file cannot be read, or a record is no JSON; the message names file and line.</exception>
    public static IEnumerable<ReadOnlyMemory<byte>> Read(string path)
    {
        var line = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(line, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        foreach (var file in SourceFiles.Expand(path))
        {
            using var records = Records(file).GetEnumerator();
            while (Next(file, records, line, writer))
            {
                yield return line.WrittenMemory;
            }
        }
    }

    // Opens the file when the first record is asked for.
    private static IEnumerable<RawRecord> Records(string file)
    {
        foreach (var record in SourceFile.Read(file, record => RecordLayout.Of(record) is not null))
        {
            yield return record;
        }
    }

    private static bool Next(string file, IEnumerator<RawRecord> records, ArrayBufferWriter<byte> line, Utf8JsonWriter writer)
    {
        try
        {
            if (!records.MoveNext())
            {
                return false;
            }
        }
        catch (Exception error) when (SourceFile.FaultOf(file, error) is { } fault)
        {
            throw fault;
        }

        var raw = records.Current;
        try
        {
            using var document = raw.Fault is { } bad ? throw new BadRecordException(bad) : RecordJson.Parse(raw.Json);
            line.ResetWrittenCount();
            writer.Reset();
            document.RootElement.WriteTo(writer);
            writer.Flush();
            return true;
        }
        catch (JsonException error)
        {
            throw new TSpinException($"{file}:{raw.Line}: not valid JSON: {RecordJson.Explain(error)}; correct or remove the record", error);
        }
        catch (Exception error) when (error is BadRecordException or InvalidOperationException)
        {
            throw new TSpinException($"{file}:{raw.Line}: {error.Message}; correct or remove the record", error);
        }
    }
}
