using System.Text.Encodings.Web;
using System.Text.Json;
using TSpin.Files;

namespace TSpin.Safetensors;

/// <summary>
/// Writes the weights of a Hugging Face folder as transformers' <c>save_pretrained</c> does: <c>model.safetensors</c> when they fit one
/// shard, otherwise <c>model-00001-of-0000N.safetensors</c> … and <c>model.safetensors.index.json</c>. At most one tensor's bytes are
/// asked for at a time.
/// </summary>
public static class ShardedWriter
{
    /// <summary>Bytes of tensors in one shard unless the caller says otherwise: 5 GB, which every hub and file system takes.</summary>
    public const long DefaultMaxShardBytes = 5_000_000_000;

    // The unescaped form is what Python's json.dumps gives for the names that occur (ASCII); two spaces of indent as transformers writes.
    private static readonly JsonSerializerOptions IndexFormat = new()
    {
        WriteIndented = true,
        IndentSize = 2,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes the weights. The index comes last, so an interrupted write never looks complete.</summary>
    /// <param name="folder">Where to; created if missing. Must not hold weights already.</param>
    /// <param name="weights">The tensors, in any order; they are placed in the order transformers uses (<see cref="NaturalOrder"/>).</param>
    /// <param name="maxShardBytes">A new shard starts where this would be exceeded; a single larger tensor gets a shard of its own.</param>
    /// <param name="metadata">As for <see cref="SafetensorsWriter.Write"/>.</param>
    /// <returns>The names of the files written, the index included.</returns>
    /// <exception cref="TSpinException">The folder holds weights already or is not writable, or the disk is full.</exception>
    public static IReadOnlyList<string> Write(
        string folder, IEnumerable<WeightToWrite> weights, long maxShardBytes = DefaultMaxShardBytes, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxShardBytes, 1);
        var all = weights.OrderBy(weight => weight.Name, NaturalOrder.Instance).ToArray();
        var totalBytes = all.Sum(weight => weight.ByteLength);
        RefuseOtherWeights(folder);
        DiskSpace.Require(folder, totalBytes, "the weights");

        var shards = Split(all, maxShardBytes);
        if (shards.Count == 1)
        {
            SafetensorsWriter.Write(Path.Combine(folder, WeightFolder.SingleFileName), shards[0], metadata);
            return [WeightFolder.SingleFileName];
        }

        var written = new List<string>();
        var weightMap = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < shards.Count; i++)
        {
            var name = $"model-{i + 1:D5}-of-{shards.Count:D5}.safetensors";
            SafetensorsWriter.Write(Path.Combine(folder, name), shards[i], metadata);
            written.Add(name);
            shards[i].ForEach(weight => weightMap.Add(weight.Name, name));
        }

        var metadataOfIndex = new SortedDictionary<string, long>(StringComparer.Ordinal)
        {
            ["total_parameters"] = all.Sum(weight => weight.ElementCount),
            ["total_size"] = totalBytes,
        };
        var index = new SortedDictionary<string, object>(StringComparer.Ordinal) { ["metadata"] = metadataOfIndex, ["weight_map"] = weightMap };
        AtomicFile.WriteText(Path.Combine(folder, WeightFolder.IndexFileName), JsonSerializer.Serialize(index, IndexFormat) + "\n");
        written.Add(WeightFolder.IndexFileName);
        return written;
    }

    /// <summary>Fills shards in order, as huggingface_hub's split does: a tensor above the limit goes alone and ahead of the shard being filled.</summary>
    private static List<List<WeightToWrite>> Split(WeightToWrite[] weights, long maxShardBytes)
    {
        var shards = new List<List<WeightToWrite>>();
        var current = new List<WeightToWrite>();
        long currentBytes = 0;
        foreach (var weight in weights)
        {
            if (weight.ByteLength > maxShardBytes)
            {
                shards.Add([weight]);
                continue;
            }

            if (currentBytes + weight.ByteLength > maxShardBytes)
            {
                shards.Add(current);
                current = [];
                currentBytes = 0;
            }

            current.Add(weight);
            currentBytes += weight.ByteLength;
        }

        if (current.Count > 0 || shards.Count == 0)
        {
            shards.Add(current);
        }

        return shards;
    }

    // Left-over shards of another size, or a model.safetensors beside an index, would be loaded in place of what is written now.
    private static void RefuseOtherWeights(string folder)
    {
        if (Directory.Exists(folder)
            && Directory.EnumerateFiles(folder, "model*.safetensors*").FirstOrDefault(path => !path.EndsWith(".tmp", StringComparison.Ordinal)) is { } present)
        {
            throw new TSpinException($"{Path.GetFullPath(present)}: the folder holds weights already. Save to a new folder, or remove these first.");
        }
    }
}
