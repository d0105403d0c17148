using System.Numerics;
using TSpin.Files;

namespace TSpin.Gguf;

/// <summary>
/// The tensor descriptions of a GGUF header: name, dimensions (innermost first), type, offset within the data section. Every range is
/// checked against the file, and no two may overlap; a file that breaks this is damaged or made to deceive, so nothing of it is used.
/// </summary>
internal static class GgufTensorList
{
    // ggml's own limits, and the largest alignment that makes any sense (a huge page).
    private const int MostDimensions = 4;
    private const int MostNameBytes = 65535;
    private const long LargestAlignment = 1 << 21;

    /// <summary>Fewest bytes that one description takes: length of the name, number of dimensions, type, offset.</summary>
    public const int LeastBytes = 8 + 4 + 4 + 8;

    /// <summary>Reads all descriptions.</summary>
    /// <param name="cursor">At the first one.</param>
    /// <param name="count">How many.</param>
    /// <param name="alignment"><c>general.alignment</c>, in bytes.</param>
    /// <param name="fileBytes">Size of the file.</param>
    /// <returns>By name, in the order of their bytes.</returns>
    public static Dictionary<string, GgufTensor> Read(GgufCursor cursor, long count, long alignment, long fileBytes)
    {
        if (alignment is < 1 or > LargestAlignment || !BitOperations.IsPow2(alignment))
        {
            throw cursor.Damaged($"general.alignment is {alignment}, not a power of two up to {LargestAlignment}");
        }

        // Offsets count from the end of the header, so they are checked when all descriptions are read.
        var tensors = new List<GgufTensor>();
        for (long i = 0; i < count; i++)
        {
            tensors.Add(ReadOne(cursor, alignment));
        }

        var dataStart = (cursor.Position + alignment - 1) / alignment * alignment;
        var end = dataStart;
        GgufTensor? previous = null;
        var byName = new Dictionary<string, GgufTensor>(tensors.Count, StringComparer.Ordinal);
        foreach (var tensor in tensors.OrderBy(tensor => tensor.Offset).ThenBy(tensor => tensor.ByteLength))
        {
            if (tensor.Offset > fileBytes - dataStart || tensor.ByteLength > fileBytes - dataStart - tensor.Offset)
            {
                throw cursor.Damaged(
                    $"tensor {Excerpt.Of(tensor.Name)}, {tensor}, is said to have {tensor.ByteLength} bytes at {tensor.Offset} of the data, which has only {Math.Max(0, fileBytes - dataStart)} bytes");
            }

            var placed = tensor with { Offset = dataStart + tensor.Offset };
            if (placed.Offset < end)
            {
                throw cursor.Damaged($"tensors {Excerpt.Of(previous!.Name)} and {Excerpt.Of(tensor.Name)} overlap");
            }

            if (!byName.TryAdd(tensor.Name, placed))
            {
                throw cursor.Damaged($"tensor {Excerpt.Of(tensor.Name)} appears twice");
            }

            end = placed.Offset + placed.ByteLength;
            previous = placed;
        }

        return byName;
    }

    private static GgufTensor ReadOne(GgufCursor cursor, long alignment)
    {
        var name = cursor.Text("a tensor's name", MostNameBytes);
        var dimensions = cursor.UInt32($"the number of dimensions of {Excerpt.Of(name)}");
        if (dimensions > MostDimensions)
        {
            throw cursor.Damaged($"tensor {Excerpt.Of(name)} has {dimensions} dimensions, more than the {MostDimensions} that the format allows");
        }

        var shape = new long[dimensions];
        for (var i = (int)dimensions - 1; i >= 0; i--)
        {
            var size = cursor.UInt64($"the dimensions of {Excerpt.Of(name)}");
            shape[i] = size <= long.MaxValue ? (long)size : throw cursor.Damaged($"tensor {Excerpt.Of(name)} has a dimension of {size}");
        }

        var type = (GgufType)cursor.UInt32($"the type of {Excerpt.Of(name)}");
        if (!GgufTypes.IsKnown(type))
        {
            throw cursor.Damaged($"tensor {Excerpt.Of(name)} is of type {(uint)type}, which TSpin does not know; it decodes {GgufTypes.Decodable}");
        }

        var offset = cursor.UInt64($"the offset of {Excerpt.Of(name)}");
        if (offset > long.MaxValue || offset % (ulong)alignment != 0)
        {
            throw cursor.Damaged($"tensor {Excerpt.Of(name)} is at {offset} of the data, not a multiple of the alignment {alignment}");
        }

        return new GgufTensor(name, type, shape, (long)offset, ByteLength(cursor, name, type, shape));
    }

    private static long ByteLength(GgufCursor cursor, string name, GgufType type, long[] shape)
    {
        var row = shape.Length == 0 ? 1 : shape[^1];
        if (row % type.BlockElements() != 0)
        {
            throw cursor.Damaged($"tensor {Excerpt.Of(name)}, {type} [{string.Join(", ", shape)}], has rows that are not whole blocks of {type.BlockElements()}");
        }

        try
        {
            // A zero anywhere makes the tensor empty, whatever the other sizes are.
            return shape.Contains(0) ? 0 : shape.SkipLast(1).Aggregate(checked(row / type.BlockElements() * type.BlockBytes()), (product, size) => checked(product * size));
        }
        catch (OverflowException)
        {
            throw cursor.Damaged($"tensor {Excerpt.Of(name)}, [{string.Join(", ", shape)}], is larger than any file");
        }
    }
}
