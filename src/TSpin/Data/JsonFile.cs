using System.Text.Json;

namespace TSpin.Data;

/// <summary>
/// Cuts a JSON document into records: the elements of an array, or of the one array in an object (<c>{"data": [...]}</c>). The document is read twice, first to see
/// that it is whole and what it holds, and never held: only the record at hand is.
/// </summary>
internal static class JsonFile
{
    /// <summary>Cuts a document into records.</summary>
    /// <param name="open">Opens the document, UTF-8.</param>
    /// <param name="isRecord">Whether a lone object is itself a record rather than a wrapper around an array of them.</param>
    /// <param name="longestRecord">Longest record in bytes. Default: that of a line.</param>
    /// <returns>The records in order; each is valid until the next one is asked for.</returns>
    /// <exception cref="BadRecordException">The document holds no single array of records.</exception>
    /// <exception cref="JsonException">The document is not JSON.</exception>
    public static IEnumerable<RawRecord> Read(Func<Stream> open, Func<JsonElement, bool> isRecord, int longestRecord = JsonLines.LongestLine)
    {
        var (isArray, arrays, isLone) = Survey(open, isRecord, longestRecord);
        if (!isArray && !isLone && arrays.Count != 1)
        {
            throw new BadRecordException(arrays.Count == 0
                ? "the document holds no array of records; write one record per line, or [record, record, ...]"
                : $"the document holds {arrays.Count} arrays ({string.Join(", ", arrays.Take(5))}); keep the one with the records");
        }

        return Cut(open, isLone, longestRecord);
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

    // What the document is, read to its end: an array; or an object, the names of the arrays in it, and whether it is a record itself.
    private static (bool IsArray, List<string> Arrays, bool IsLone) Survey(Func<Stream> open, Func<JsonElement, bool> isRecord, int longest)
    {
        using var stream = open();
        var tokens = new JsonTokens(stream, longest);
        var arrays = new List<string>();
        tokens.Next();
        var (root, start, name) = (tokens.Type, tokens.Start, "");
        while (tokens.Next())
        {
            if (root == JsonTokenType.StartObject && tokens.Depth == 1 && tokens.Type is JsonTokenType.PropertyName or JsonTokenType.StartArray)
            {
                if (tokens.Type == JsonTokenType.PropertyName)
                {
                    name = tokens.Name;
                }
                else
                {
                    arrays.Add(name);
                }
            }
        }

        return (root == JsonTokenType.StartArray, arrays, root == JsonTokenType.StartObject && tokens.End - start <= longest && IsRecord(open, isRecord, longest));
    }

    private static bool IsRecord(Func<Stream> open, Func<JsonElement, bool> isRecord, int longest)
    {
        using var stream = open();
        var tokens = new JsonTokens(stream, longest);
        tokens.Next();
        if (tokens.Value() is not { } whole)
        {
            return false;
        }

        using var document = RecordJson.Parse(whole);
        return isRecord(document.RootElement);
    }

    private static IEnumerable<RawRecord> Cut(Func<Stream> open, bool isLone, int longest)
    {
        using var stream = open();
        var tokens = new JsonTokens(stream, longest);
        tokens.Next();
        if (isLone)
        {
            yield return Record(tokens, longest);
            yield break;
        }

        while (tokens.Type != JsonTokenType.StartArray || tokens.Depth > 1)
        {
            tokens.Next();
        }

        var around = tokens.Depth;
        while (tokens.Next() && tokens.Depth > around)
        {
            yield return Record(tokens, longest);
        }
    }

    private static RawRecord Record(JsonTokens tokens, int longest)
    {
        var line = tokens.Line;
        return tokens.Value() is { } json ? new RawRecord(line, json) : new RawRecord(line, default, $"the record is longer than {longest} bytes; it is no single record");
    }
}
