using System.Text.Json;

namespace TSpin.Files;

/// <summary>A small JSON file that holds one record: what a later start must know.</summary>
public static class JsonRecordFile
{
    /// <summary>Reads it.</summary>
    /// <typeparam name="T">The record.</typeparam>
    /// <param name="path">The file.</param>
    /// <param name="fault">What it is where it holds something else, as <c>damaged</c>.</param>
    /// <param name="cure">What to do then, a sentence.</param>
    /// <returns>The record; null where there is no file.</returns>
    /// <exception cref="TSpinException">It holds something else.</exception>
    public static T? Read<T>(string path, string fault, string cure)
        where T : class
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<T>(File.ReadAllText(path), JsonLinesFormat.Default) : null;
        }
        catch (JsonException error)
        {
            throw new TSpinException($"{path}: {fault}: {error.Message} {cure}", error);
        }
    }

    /// <summary>Writes it, in place of one that is there.</summary>
    /// <typeparam name="T">The record.</typeparam>
    /// <param name="path">The file.</param>
    /// <param name="record">The record.</param>
    /// <exception cref="TSpinException">It cannot be written.</exception>
    public static void Write<T>(string path, T record) =>
        AtomicFile.WriteText(path, JsonSerializer.Serialize(record, JsonLinesFormat.Default) + "\n");
}
