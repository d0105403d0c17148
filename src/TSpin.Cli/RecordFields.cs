using System.Text.Json;

namespace TSpin.Cli;

/// <summary>Fields of the JSON records that verbs read: text and token ids.</summary>
internal static class RecordFields
{
    /// <summary>The ids in a field of a record; null when the record has no such field.</summary>
    /// <param name="record">A JSON object.</param>
    /// <param name="name">The field.</param>
    /// <param name="place">File and record, for messages.</param>
    /// <exception cref="TSpinException">The field is not a list of whole numbers from 0 up.</exception>
    public static int[]? Ids(JsonElement record, string name, string place)
    {
        if (!record.TryGetProperty(name, out var field))
        {
            return null;
        }

        if (field.ValueKind != JsonValueKind.Array)
        {
            throw new TSpinException($"{place}: field {name} is not a list. Write token ids as [1, 2, 3].");
        }

        var ids = new int[field.GetArrayLength()];
        var next = 0;
        foreach (var item in field.EnumerateArray())
        {
            ids[next] = item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var id) && id >= 0
                ? id
                : throw new TSpinException($"{place}: field {name}[{next}] is no token id. Write token ids as whole numbers from 0 up.");
            next++;
        }

        return ids;
    }

    /// <summary>The text in a field of a record; null when the record has no such field.</summary>
    /// <exception cref="TSpinException">The field is not text.</exception>
    public static string? Text(JsonElement record, string name, string place)
    {
        if (!record.TryGetProperty(name, out var field))
        {
            return null;
        }

        try
        {
            return field.ValueKind == JsonValueKind.String
                ? field.GetString()
                : throw new TSpinException($"{place}: field {name} is not text. Write it in quotation marks.");
        }
        catch (InvalidOperationException error)
        {
            throw new TSpinException($"{place}: field {name} holds half of a surrogate pair. Write the character whole.", error);
        }
    }
}
