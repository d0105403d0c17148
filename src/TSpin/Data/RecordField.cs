using System.Text.Json;
using TSpin.Files;

namespace TSpin.Data;

/// <summary>Takes texts out of a record's JSON, or says why they cannot be taken.</summary>
internal static class RecordField
{
    /// <summary>The text of the first of some keys that is there.</summary>
    /// <param name="record">A JSON object.</param>
    /// <param name="keys">The key, or names for the same thing.</param>
    /// <returns>The text, unchanged.</returns>
    /// <exception cref="BadRecordException">None of the keys is there, or its value is no text.</exception>
    public static string Text(JsonElement record, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (record.TryGetProperty(key, out var value))
            {
                return AsText(value, key);
            }
        }

        throw Lacks(record, string.Join("\" or \"", keys!));
    }

    /// <summary>The value under a name that may lead into nested objects.</summary>
    /// <param name="record">A JSON object.</param>
    /// <param name="path">A key, or keys with dots between; a key that has the dots in it is preferred.</param>
    /// <returns>The value.</returns>
    /// <exception cref="BadRecordException">It is not there; the message lists what is.</exception>
    public static JsonElement At(JsonElement record, string path)
    {
        if (record.TryGetProperty(path, out var value))
        {
            return value;
        }

        value = record;
        var walked = "";
        foreach (var key in path.Split('.'))
        {
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(key, out var inner))
            {
                var where = walked.Length == 0 ? "it" : $"\"{walked}\"";
                throw new BadRecordException($"lacks \"{path}\"; {where} {(value.ValueKind == JsonValueKind.Object ? $"has {Keys(value)}" : $"is {Show(value)}")}");
            }

            value = inner;
            walked = walked.Length == 0 ? key : $"{walked}.{key}";
        }

        return value;
    }

    /// <summary>The text of a value.</summary>
    /// <param name="value">A JSON string.</param>
    /// <param name="key">What it is called.</param>
    /// <returns>The text, unchanged.</returns>
    /// <exception cref="BadRecordException">The value is no text, or half a surrogate pair is in it.</exception>
    public static string AsText(JsonElement value, string key)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            throw new BadRecordException($"\"{key}\" is {Show(value)} where text belongs; write it as a string");
        }

        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new BadRecordException($"\"{key}\" holds half of a surrogate pair (\\ud800 to \\udfff alone), which is no character: {Show(value)}; remove it");
        }
    }

    /// <summary>The fault that a key is missing.</summary>
    /// <param name="record">The record without it.</param>
    /// <param name="key">The key.</param>
    /// <returns>The exception to throw.</returns>
    public static BadRecordException Lacks(JsonElement record, string key) => new($"lacks \"{key}\"; it has {Keys(record)}");

    /// <summary>The keys of a record, for messages.</summary>
    /// <param name="record">A JSON object.</param>
    /// <returns>At most eight keys.</returns>
    public static string Keys(JsonElement record)
    {
        var names = record.EnumerateObject().Select(property => YamlText.Show(property.Name, quoted: true)).ToList();
        return names.Count switch
        {
            0 => "no keys",
            <= 8 => string.Join(", ", names),
            _ => $"{string.Join(", ", names.Take(8))} and {names.Count - 8} more",
        };
    }

    /// <summary>A value as a message shows it.</summary>
    /// <param name="value">Any JSON value.</param>
    /// <returns>Short text on one line.</returns>
    public static string Show(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => $"a list of {value.GetArrayLength()}",
        JsonValueKind.Null => "null",
        _ => YamlText.Show(value.GetRawText()),
    };
}
