using System.Text.Json;
using TSpin.Files;
using TSpin.Randomness;

namespace TSpin.Pretraining;

/// <summary>Documents from a JSONL file, in an order that is shuffled anew with every pass.</summary>
public static class PretrainingFile
{
    /// <summary>Reads all documents.</summary>
    /// <param name="path">JSONL of <c>{"text": ...}</c> or <c>{"prompt": ..., "response": ...}</c>.</param>
    /// <param name="seed">Seed of the order.</param>
    /// <returns>The document of an index; there is no last index.</returns>
    /// <exception cref="TSpinException">No documents, or a line of another form.</exception>
    public static Func<long, PretrainingDocument> Read(string path, ulong seed)
    {
        var documents = new List<PretrainingDocument>();
        var line = 0;
        foreach (var record in JsonLinesReader.Read<JsonElement>(path))
        {
            line++;
            documents.Add(
                Text(record, "text") is { } text ? new PretrainingDocument("", text)
                : Text(record, "prompt") is { } prompt && Text(record, "response") is { } response ? new PretrainingDocument(prompt, response)
                : throw new TSpinException($"{path}: record {line}: has neither \"text\" nor \"prompt\" and \"response\" as texts. Write one of the two forms."));
        }

        if (documents.Count == 0)
        {
            throw new TSpinException($"{path}: has no documents. Write one JSON object per line, or name another file in data.documents.");
        }

        var pass = -1L;
        int[] order = [];
        return index =>
        {
            if (index / documents.Count != pass)
            {
                pass = index / documents.Count;
                order = [.. Enumerable.Range(0, documents.Count)];
                RandomStream.For(seed, "pretraining-order", pass).Shuffle<int>(order);
            }

            return documents[order[index % documents.Count]];
        };
    }

    private static string? Text(JsonElement record, string name) =>
        record.ValueKind == JsonValueKind.Object && record.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}
