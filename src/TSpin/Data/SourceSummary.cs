using System.Text.Json;
using TSpin.Parquet;

namespace TSpin.Data;

/// <summary>What annotated files hold, for people who have just been handed them.</summary>
/// <param name="Files">The files, in the order they are read.</param>
/// <param name="Bytes">Their sizes together.</param>
/// <param name="Columns">The first file's columns or, of JSON, its first record's keys, each with its type.</param>
/// <param name="FirstRecord">The first record as JSON on one line.</param>
/// <param name="Format">The layout found; null when none fits, or no record can be used.</param>
/// <param name="Usable">How many records hold a prompt and a response.</param>
/// <param name="Bad">The others, in file order.</param>
/// <param name="First">One usable example; null when there is none.</param>
/// <param name="Fault">Why the records cannot be used as they are, or null.</param>
public sealed record SourceSummary(
    IReadOnlyList<string> Files, long Bytes, IReadOnlyList<string> Columns, string FirstRecord, DataFormat? Format, int Usable, IReadOnlyList<BadLine> Bad,
    AnnotatedExample? First, string? Fault)
{
    /// <summary>As <see cref="ExampleSet.NotUsed"/>.</summary>
    public string NotUsed { get; init; } = "";

    /// <summary>Reads the files once; holds one record at a time.</summary>
    /// <param name="paths">Files, folders or patterns, see <see cref="SourceFiles"/>.</param>
    /// <param name="format">The layout of the records; <see cref="DataFormat.Auto"/> decides from the first one.</param>
    /// <param name="columns">Where the texts stand, in records with names of their own.</param>
    /// <returns>The summary.</returns>
    /// <exception cref="TSpinException">The files cannot be read at all.</exception>
    public static SourceSummary Of(IReadOnlyList<string> paths, DataFormat format, ColumnSettings columns)
    {
        string[] files = [.. paths.SelectMany(SourceFiles.Expand)];
        var record = paths.SelectMany(SourceRecords.Read).FirstOrDefault();
        var first = record.IsEmpty ? throw new TSpinException($"{string.Join(", ", paths)}: holds no records; write one JSON object per line, or name another file") : System.Text.Encoding.UTF8.GetString(record.Span);
        var bytes = files.Sum(file => new FileInfo(file).Length);
        try
        {
            var set = ExampleReader.ReadFirst(paths, format, columns);
            return new SourceSummary(files, bytes, ColumnsOf(files[0], first), first, set.Format, set.Total, set.Skipped, set.Examples[0], null) { NotUsed = set.NotUsed };
        }
        catch (TSpinException error)
        {
            return new SourceSummary(files, bytes, ColumnsOf(files[0], first), first, null, 0, [], null, error.Message);
        }
    }

    private static IReadOnlyList<string> ColumnsOf(string file, string first)
    {
        if (IsParquet(file))
        {
            using var parquet = ParquetFile.Open(file);
            return [.. parquet.Columns.Select(column => $"{column.Name}: {column.Type}"), .. parquet.NotRead.Length > 0 ? [parquet.NotRead] : Array.Empty<string>()];
        }

        using var document = JsonDocument.Parse(first);
        return document.RootElement.ValueKind != JsonValueKind.Object ? []
            : [.. document.RootElement.EnumerateObject().Select(property => $"{property.Name}: {Kind(property.Value)}")];
    }

    private static bool IsParquet(string file)
    {
        using var stream = File.OpenRead(file);
        Span<byte> head = stackalloc byte[4];
        return stream.ReadAtLeast(head, 4, throwOnEndOfStream: false) == 4 && head.SequenceEqual("PAR1"u8);
    }

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => "text",
        JsonValueKind.Array => value.GetArrayLength() > 0 ? $"list<{Kind(value[0])}>" : "list",
        JsonValueKind.Object => $"struct<{string.Join(", ", value.EnumerateObject().Select(property => $"{property.Name}: {Kind(property.Value)}"))}>",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Null => "null",
        _ => "number",
    };
}
