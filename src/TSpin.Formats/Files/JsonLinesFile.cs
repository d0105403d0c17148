using System.Text.Json;

namespace TSpin.Files;

/// <summary>A JSON Lines file that is written whole; one that grows is <see cref="JsonLinesWriter{T}"/>'s.</summary>
public static class JsonLinesFile
{
    /// <summary>Writes a line for each record; an existing file is replaced.</summary>
    /// <typeparam name="T">What a record is.</typeparam>
    /// <param name="path">The file.</param>
    /// <param name="records">The records, gone through once.</param>
    /// <param name="options">How they look as JSON. Default: <see cref="JsonLinesFormat.Default"/>.</param>
    /// <exception cref="TSpinException">It cannot be written.</exception>
    public static void Write<T>(string path, IEnumerable<T> records, JsonSerializerOptions? options = null) => AtomicFile.Write(path, stream =>
    {
        foreach (var record in records)
        {
            JsonSerializer.Serialize(stream, record, options ?? JsonLinesFormat.Default);
            stream.WriteByte((byte)'\n');
        }
    });
}
