using System.Text;
using System.Text.Json;

namespace TSpin.TokenizerBench;

/// <summary>Texts that are encoded one by one.</summary>
/// <param name="Name">As the table has it.</param>
/// <param name="Texts">The texts.</param>
public sealed record TextSet(string Name, IReadOnlyList<string> Texts)
{
    /// <summary>All of them in UTF-8, in 10^6 bytes.</summary>
    public double Megabytes { get; } = Texts.Sum(Encoding.UTF8.GetByteCount) / 1e6;

    /// <summary>All string values of a JSONL file.</summary>
    public static TextSet OfFile(string file) => new(
        Path.GetFileName(file), [.. File.ReadLines(file).SelectMany(line => Strings(JsonElement.Parse(line)))]);

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static IEnumerable<string> Strings(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Object => value.EnumerateObject().SelectMany(member => Strings(member.Value)),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Strings),
        _ => [],
    };
}
