using System.Text.Json;

namespace TSpin.Data;

/// <summary>
/// Cuts a JSON document into records: the elements of an array, or of the one array in an object (<c>{"data": [...]}</c>). The document
/// is held as bytes while it is read, so it is limited; JSONL is not.
/// </summary>
internal static class JsonFile
{
    /// <summary>Longest document, in bytes.</summary>
    public const long LongestDocument = 1L << 30;

    /// <summary>Cuts a document into records.</summary>
    /// <param name="json">The whole document, UTF-8, without byte order mark.</param>
    /// <param name="isRecord">Whether a lone object is itself a record rather than a wrapper around an array of them.</param>
    /// <returns>The records in order.</returns>
    /// <exception cref="BadRecordException">The document holds no single array of records.</exception>
    /// <exception cref="JsonException">The document is not JSON.</exception>
    public static List<RawRecord> Read(ReadOnlyMemory<byte> json, Func<JsonElement, bool> isRecord)
    {
        var reader = new Utf8JsonReader(json.Span);
        reader.Read();
        var records = new List<RawRecord>();
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            CutArray(ref reader, json, records);
        }
        else
        {
            CutObject(ref reader, json, isRecord, records);
        }

        // Anything after the document is an error that the next read reports.
        reader.Read();
        return records;
    }

    /// <summary>Whether the first line alone is not a whole JSON value although nothing in it is wrong: the start of an indented document.</summary>
    /// <param name="firstLine">The bytes of the line.</param>
    /// <returns>True for the start of a longer value.</returns>
    public static bool StartsLongerValue(ReadOnlySpan<byte> firstLine)
    {
        var reader = new Utf8JsonReader(firstLine, isFinalBlock: false, default);
        try
        {
            while (reader.Read())
            {
                if (reader.CurrentDepth == 0 && reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
                {
                    return false;
                }
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void CutArray(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json, List<RawRecord> records)
    {
        var (line, counted) = (1, 0);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            line += json.Span[counted..start].Count((byte)'\n');
            counted = start;
            reader.Skip();
            records.Add(new RawRecord(line, json[start..(int)reader.BytesConsumed]));
        }
    }

    private static void CutObject(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json, Func<JsonElement, bool> isRecord, List<RawRecord> records)
    {
        var start = (int)reader.TokenStartIndex;
        var arrays = new List<string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.ValueSpan.ToArray();
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartArray)
            {
                arrays.Add(System.Text.Encoding.UTF8.GetString(key));
                if (arrays.Count == 1)
                {
                    CutArray(ref reader, json, records);
                    continue;
                }
            }

            reader.Skip();
        }

        var whole = json[start..(int)reader.BytesConsumed];
        if (whole.Length <= JsonLines.LongestLine && IsRecord(whole, isRecord))
        {
            records.Clear();
            records.Add(new RawRecord(1 + json.Span[..start].Count((byte)'\n'), whole));
        }
        else if (arrays.Count != 1)
        {
            throw new BadRecordException(arrays.Count == 0
                ? "the document holds no array of records; write one record per line, or [record, record, ...]"
                : $"the document holds {arrays.Count} arrays ({string.Join(", ", arrays.Take(5))}); keep the one with the records");
        }
    }

    private static bool IsRecord(ReadOnlyMemory<byte> json, Func<JsonElement, bool> isRecord)
    {
        using var document = RecordJson.Parse(json);
        return document.RootElement.ValueKind == JsonValueKind.Object && isRecord(document.RootElement);
    }
}
