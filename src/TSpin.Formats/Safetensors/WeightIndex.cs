using System.Text.Json;
using TSpin.Files;

namespace TSpin.Safetensors;

/// <summary>
/// <c>model.safetensors.index.json</c>: which shard holds each tensor (<c>weight_map</c>). Its <c>metadata.total_size</c> is not
/// trusted: published checkpoints with tied weights often state it wrongly.
/// </summary>
internal sealed class WeightIndex
{
    private const long MaxBytes = 100_000_000;

    private WeightIndex(string path) => Path = path;

    public string Path { get; }

    /// <summary>Tensor name to the shard's plain file name.</summary>
    public Dictionary<string, string> FileOfTensor { get; } = new(StringComparer.Ordinal);

    public static WeightIndex Read(string path)
    {
        var index = new WeightIndex(path);
        try
        {
            var bytes = new FileInfo(path).Length;
            if (bytes > MaxBytes)
            {
                throw new TSpinException($"{path}: {bytes} bytes are too many for an index of weights (at most {MaxBytes}). Download it again.");
            }

            // A repeated name would leave open which shard counts, so it is an error here, not last-one-wins.
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { AllowDuplicateProperties = false });
            index.Fill(document.RootElement);
            return index;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new TSpinException($"{path}: not valid JSON: {error.Message} Download it again.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{path}: could not be read: {error.Message} Check its permissions.", error);
        }
    }

    private void Fill(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
        {
            throw new TSpinException($"{Path}: has no object weight_map from tensor names to shard files. Download it again.");
        }

        foreach (var row in map.EnumerateObject())
        {
            var shard = row.Value.ValueKind == JsonValueKind.String ? row.Value.GetString()! : null;
            if (!IsPlainFileName(shard))
            {
                throw new TSpinException(
                    $"{Path}: weight_map places {Excerpt.Of(row.Name)} in {Excerpt.Of(shard ?? row.Value.GetRawText())}, which is not the name of a .safetensors file in the same folder. Shards must lie beside the index.");
            }

            FileOfTensor.Add(row.Name, shard!);
        }
    }

    // A shard is a file in this very folder: no separators of any system, no drive letters, no "..".
    private static bool IsPlainFileName(string? name) =>
        name is not null && name.AsSpan().IndexOfAny("/\\:\0") < 0 && name.EndsWith(".safetensors", StringComparison.Ordinal);
}
