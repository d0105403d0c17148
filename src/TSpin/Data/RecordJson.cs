using System.Text.Json;

namespace TSpin.Data;

/// <summary>Parses JSON the way records need it: a key written twice would make a record ambiguous, and is refused.</summary>
internal static class RecordJson
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <summary>Parses one value.</summary>
    /// <param name="json">UTF-8 JSON; must stay valid while the document is used.</param>
    /// <returns>The document, to be disposed.</returns>
    /// <exception cref="JsonException">It is not JSON, or has a key twice.</exception>
    /// <exception cref="BadRecordException">A key is no text.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonDocument.Parse(json, Options);
        }
        catch (InvalidOperationException)
        {
            throw new BadRecordException("a key holds half of a surrogate pair (\\ud800 to \\udfff alone), which is no character; rename it");
        }
    }

    /// <summary>
    /// What a JSON error says, without the place that the library appends to it: that one is counted from 0, unlike ours.
    /// </summary>
    /// <param name="error">The error.</param>
    /// <returns>A sentence without its full stop.</returns>
    public static string Explain(JsonException error)
    {
        var message = error.Message;
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (end < 0 ? message : message[..end]).TrimEnd('.');
    }
}
