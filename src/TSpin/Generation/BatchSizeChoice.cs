using System.Globalization;
using TSpin.Models;
using TSpin.Torch;

namespace TSpin.Generation;

/// <summary>
/// How many prompts are answered at the same time when nobody says: as many as fit in half of the device's free memory, at least one and at most
/// <see cref="MostOnCpu"/> or <see cref="MostElsewhere"/>. More rows share each reading of the weights; beyond those limits arithmetic is what costs.
/// </summary>
public static class BatchSizeChoice
{
    /// <summary>Most rows on the CPU.</summary>
    public const int MostOnCpu = 32;

    /// <summary>Most rows on other devices.</summary>
    public const int MostElsewhere = 256;

    /// <summary>Float64 weights, float32 and compute-type logits, and their copies, bytes per token of the vocabulary and row.</summary>
    private const long BytesPerLogit = 32;

    /// <summary>Chooses for a model on a machine.</summary>
    /// <param name="config">The model.</param>
    /// <param name="type">Its compute type.</param>
    /// <param name="device">Where it is.</param>
    /// <param name="longestSequence">Tokens of the longest prompt with its longest answer.</param>
    /// <returns>Rows.</returns>
    public static int For(DecoderConfig config, DType type, Device device, long longestSequence) =>
        Fitting(FreeBytes(device), BytesPerRow(config, type, longestSequence), device == Device.Cpu ? MostOnCpu : MostElsewhere);

    /// <summary>Memory that one row takes: its keys and values, and the sampling of its logits.</summary>
    /// <param name="config">The model.</param>
    /// <param name="type">Its compute type.</param>
    /// <param name="longestSequence">Tokens of the longest prompt with its longest answer.</param>
    /// <returns>Bytes.</returns>
    public static long BytesPerRow(DecoderConfig config, DType type, long longestSequence) =>
        (2L * config.LayerCount * config.KeyValueHeadCount * config.HeadDimension * longestSequence * BytesOf(type)) + (config.VocabularySize * BytesPerLogit);

    /// <summary>The rows that fit in half of some memory.</summary>
    /// <param name="freeBytes">The memory.</param>
    /// <param name="bytesPerRow">What a row takes.</param>
    /// <param name="most">Limit.</param>
    /// <returns>From 1 to <paramref name="most"/>.</returns>
    internal static int Fitting(long freeBytes, long bytesPerRow, int most) => (int)Math.Clamp(freeBytes / 2 / Math.Max(1, bytesPerRow), 1, most);

    private static int BytesOf(DType type) => type switch { DType.Float64 => 8, DType.Float32 => 4, _ => 2 };

    internal static long FreeBytes(Device device)
    {
        if (device != Device.Cpu)
        {
            return TorchLibrary.PropertiesOf(device).FreeBytes;
        }

        // .NET knows a container's limit, the kernel what other processes leave of the machine.
        var limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        const string file = "/proc/meminfo";
        const string name = "MemAvailable:";
        var line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) : null;
        return line is not null && long.TryParse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.Integer, CultureInfo.InvariantCulture, out var kibibytes)
            ? Math.Min(limit, kibibytes * 1024)
            : limit;
    }
}
