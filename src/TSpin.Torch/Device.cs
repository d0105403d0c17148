using System.Globalization;

namespace TSpin.Torch;

/// <summary>Where a tensor lives: <c>cpu</c> or <c>cuda:N</c>.</summary>
public readonly record struct Device
{
    // libtorch numbers devices with 8 bits.
    private const int LastCudaIndex = 127;

    private readonly int _cudaIndexPlusOne;

    private Device(int cudaIndexPlusOne) => _cudaIndexPlusOne = cudaIndexPlusOne;

    /// <summary>The processor; also the default value.</summary>
    public static Device Cpu => default;

    /// <summary>True for <c>cuda:N</c>.</summary>
    public bool IsCuda => _cudaIndexPlusOne > 0;

    /// <summary>N of <c>cuda:N</c>; -1 for the CPU.</summary>
    public int Index => Code;

    /// <summary>The code of tspin_torch.h: -1 for the CPU, N for <c>cuda:N</c>.</summary>
    internal int Code => _cudaIndexPlusOne - 1;

    /// <summary>A CUDA device.</summary>
    /// <param name="index">Zero-based number of the device, at most 127. Whether the machine has it shows at its first use.</param>
    /// <returns>The device.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or above 127.</exception>
    public static Device Cuda(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(index, LastCudaIndex);
        return new Device(index + 1);
    }

    /// <summary>Reads <c>cpu</c>, <c>cuda</c> (the first) or <c>cuda:N</c>.</summary>
    /// <param name="text">The name.</param>
    /// <returns>The device.</returns>
    /// <exception cref="FormatException">Any other text.</exception>
    public static Device Parse(string text) => text switch
    {
        "cpu" => Cpu,
        "cuda" => Cuda(0),
        _ when text.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && index <= LastCudaIndex => Cuda(index),
        _ => throw new FormatException($"device '{text}' is unknown; use cpu, cuda or cuda:N with N from 0 to {LastCudaIndex}"),
    };

    /// <inheritdoc/>
    public override string ToString() => IsCuda ? $"cuda:{Code}" : "cpu";

    internal static Device FromCode(int code) => new(code + 1);
}
