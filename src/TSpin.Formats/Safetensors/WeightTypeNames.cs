using System.Diagnostics.CodeAnalysis;

namespace TSpin.Safetensors;

/// <summary>
/// What a <see cref="WeightType"/> is called in a safetensors header and how many bytes an element takes
/// (https://huggingface.co/docs/safetensors, "Format").
/// </summary>
public static class WeightTypeNames
{
    // The safetensors library lays tensors out by descending type, in the order of its own enumeration. That order is neither
    // alphabetical nor by size alone, so it is written down here: later in this list means earlier in the file.
    private static readonly (WeightType Type, string Name, int Bytes)[] AscendingByAlignment =
    [
        (WeightType.Bool, "BOOL", 1),
        (WeightType.UInt8, "U8", 1),
        (WeightType.Int8, "I8", 1),
        (WeightType.Int16, "I16", 2),
        (WeightType.Float16, "F16", 2),
        (WeightType.BFloat16, "BF16", 2),
        (WeightType.Int32, "I32", 4),
        (WeightType.Float32, "F32", 4),
        (WeightType.Float64, "F64", 8),
        (WeightType.Int64, "I64", 8),
    ];

    /// <summary>All names TSpin knows, for error messages: <c>BOOL, U8, … I64</c>.</summary>
    public static string Known { get; } = string.Join(", ", AscendingByAlignment.Select(row => row.Name));

    /// <summary>Bytes of one element.</summary>
    /// <param name="type">The type.</param>
    /// <returns>1, 2, 4 or 8.</returns>
    public static int ByteSize(this WeightType type) => Row(type).Bytes;

    /// <summary>The type's name in a safetensors header, for example <c>BF16</c>.</summary>
    /// <param name="type">The type.</param>
    /// <returns>The name.</returns>
    public static string SafetensorsName(this WeightType type) => Row(type).Name;

    /// <summary>Finds the type of a safetensors name; names are case-sensitive.</summary>
    /// <param name="name">For example <c>F32</c>.</param>
    /// <param name="type">The type, when found.</param>
    /// <returns>False for a name that is not in <see cref="Known"/>.</returns>
    public static bool TryParse([NotNullWhen(true)] string? name, out WeightType type)
    {
        foreach (var row in AscendingByAlignment)
        {
            if (row.Name == name)
            {
                type = row.Type;
                return true;
            }
        }

        type = default;
        return false;
    }

    /// <summary>Position in the safetensors library's own order of types; it writes higher positions first.</summary>
    internal static int AlignmentRank(this WeightType type) => Array.FindIndex(AscendingByAlignment, row => row.Type == type);

    private static (WeightType Type, string Name, int Bytes) Row(WeightType type)
    {
        var rank = type.AlignmentRank();
        return rank >= 0 ? AscendingByAlignment[rank] : throw new ArgumentOutOfRangeException(nameof(type), type, "Not a weight type.");
    }
}
