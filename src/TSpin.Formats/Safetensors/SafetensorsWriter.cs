using System.Buffers.Binary;
using System.Text;
using TSpin.Files;

namespace TSpin.Safetensors;

/// <summary>
/// Writes safetensors files byte for byte as the safetensors library does for transformers' <c>save_pretrained</c>: compact JSON
/// header with <c>__metadata__</c> first, padded with spaces to a multiple of 8 bytes, tensors by descending type
/// (see <see cref="WeightTypeNames"/>), then by the bytes of their names.
/// </summary>
public static class SafetensorsWriter
{
    /// <summary>What transformers writes into every file, and refuses to load without: <c>format = pt</c>.</summary>
    public static IReadOnlyDictionary<string, string> TransformersMetadata { get; } = new Dictionary<string, string> { ["format"] = "pt" };

    /// <summary>Writes a file; it is whole or, after a fault, as it was before. One tensor's bytes are asked for at a time.</summary>
    /// <param name="path">The file.</param>
    /// <param name="weights">The tensors, in any order, with unique names.</param>
    /// <param name="metadata">Strings for the header; by default <see cref="TransformersMetadata"/>. Empty leaves <c>__metadata__</c> out.</param>
    /// <returns>The size of the file in bytes.</returns>
    /// <exception cref="TSpinException">The folder is not writable or the disk is full.</exception>
    /// <exception cref="ArgumentException">A name is repeated or reserved, or a dimension is negative.</exception>
    /// <exception cref="InvalidOperationException">A tensor wrote more or fewer bytes than its shape takes.</exception>
    public static long Write(string path, IEnumerable<WeightToWrite> weights, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var inFileOrder = weights.ToArray();
        Array.Sort(inFileOrder, CompareAsLibrary);
        var header = Header(inFileOrder, metadata ?? TransformersMetadata);
        var total = 8 + header.Length + inFileOrder.Sum(weight => weight.ByteLength);
        DiskSpace.Require(path, total, "the weights");

        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (var weight in inFileOrder)
            {
                using var counted = new CountedStream(stream, weight.ByteLength);
                weight.WriteTo(counted);
                if (counted.Position != weight.ByteLength)
                {
                    throw new InvalidOperationException($"Tensor {weight.Name} wrote {counted.Position} bytes; its shape takes {weight.ByteLength}.");
                }
            }
        });
        return total;
    }

    private static byte[] Header(WeightToWrite[] inFileOrder, IReadOnlyDictionary<string, string> metadata)
    {
        var json = new StringBuilder("{");
        if (metadata.Count > 0)
        {
            Append(json, SafetensorsHeader.MetadataKey).Append(":{");
            foreach (var (key, value) in metadata)
            {
                Append(Append(json, key).Append(':'), value).Append(',');
            }

            json.Length--;
            json.Append("},");
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        long offset = 0;
        foreach (var weight in inFileOrder)
        {
            if (weight.Name == SafetensorsHeader.MetadataKey || !names.Add(weight.Name) || weight.Shape.Any(size => size < 0))
            {
                throw new ArgumentException($"Tensor {weight.Name} is repeated, has a reserved name, or has a negative dimension.");
            }

            var end = checked(offset + weight.ByteLength);
            Append(json, weight.Name).Append(":{\"dtype\":\"").Append(weight.Type.SafetensorsName()).Append("\",\"shape\":[").AppendJoin(',', weight.Shape)
                .Append("],\"data_offsets\":[").Append(offset).Append(',').Append(end).Append("]},");
            offset = end;
        }

        if (json[^1] == ',')
        {
            json.Length--;
        }

        json.Append('}');
        var bytes = Encoding.UTF8.GetBytes(json.ToString());
        if (bytes.Length > SafetensorsFile.MaxHeaderBytes)
        {
            throw new ArgumentException($"A header of {bytes.Length} bytes exceeds the format's limit of {SafetensorsFile.MaxHeaderBytes}.");
        }

        // Spaces up to a multiple of 8, so that the first tensor is aligned in a mapping.
        var padded = new byte[(bytes.Length + 7) / 8 * 8];
        padded.AsSpan().Fill((byte)' ');
        bytes.CopyTo(padded, 0);
        return padded;
    }

    private static int CompareAsLibrary(WeightToWrite left, WeightToWrite right)
    {
        var byType = right.Type.AlignmentRank().CompareTo(left.Type.AlignmentRank());
        return byType != 0 ? byType : Encoding.UTF8.GetBytes(left.Name).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right.Name));
    }

    // The escapes of serde_json, which the library uses: the short ones, \u00xx for other controls, everything else as it is.
    private static StringBuilder Append(StringBuilder json, string text)
    {
        json.Append('"');
        foreach (var character in text)
        {
            _ = character switch
            {
                '"' => json.Append("\\\""),
                '\\' => json.Append("\\\\"),
                '\b' => json.Append("\\b"),
                '\f' => json.Append("\\f"),
                '\n' => json.Append("\\n"),
                '\r' => json.Append("\\r"),
                '\t' => json.Append("\\t"),
                < ' ' => json.Append("\\u").Append(((int)character).ToString("x4")),
                _ => json.Append(character),
            };
        }

        return json.Append('"');
    }
}
