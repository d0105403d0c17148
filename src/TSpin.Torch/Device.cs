using System.Globalization;

namespace TSpin.Torch;

/// <summary>Where a tensor lives: <c>cpu</c> or <c>cuda:N</c>.</summary>
public readonly record struct Device
{
    private readonly int _cudaIndexPlusOne;

    private Device(int cudaIndexPlusOne) => _cudaIndexPlusOne = cudaIndexPlusOne;

    /// <summary>The processor; also the default value.</summary>
    public static Device Cpu => default;

    /// <summary>True for <c>cuda:N</c>.</summary>
    public bool IsCuda => _cudaIndexPlusOne > 0;

    /// <summary>The code of tspin_torch.h: -1 for the CPU, N for <c>cuda:N</c>.</summary>
    internal int Code => _cudaIndexPlusOne - 1;

    /// <summary>A CUDA device.</summary>
    /// <param name="index">Zero-based number of the device.</param>
    /// <returns>The device.</returns>
    public static Device Cuda(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
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
            && int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var index) => Cuda(index),
        _ => throw new FormatException($"device '{text}' is unknown; use cpu, cuda or cuda:N"),
    };

    /// <inheritdoc/>
    public override string ToString() => IsCuda ? $"cuda:{Code}" : "cpu";

    internal static Device FromCode(int code) => new(code + 1);
}
