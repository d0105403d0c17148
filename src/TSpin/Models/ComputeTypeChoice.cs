using System.Diagnostics;
using System.Globalization;
using TSpin.Torch;

namespace TSpin.Models;

/// <summary>Decides what <c>dtype: auto</c> means on this machine, by timing a float32 and a bfloat16 product.</summary>
public static class ComputeTypeChoice
{
    // Below this width a step is many small operations; conversions to bfloat16 cost more than its products save.
    private const int SmallestHiddenSizeForBFloat16 = 512;
    private const int ProductSize = 768;
    private const double WorthwhileRatio = 1.2;
    private const double SlowRatio = 1.3;

    /// <summary>The type to compute in.</summary>
    /// <param name="wanted">The recipe's word.</param>
    /// <param name="hiddenSize">Width of the model.</param>
    /// <param name="device">Where it runs.</param>
    /// <returns>float32 or bfloat16; for <c>auto</c> bfloat16 where its product is at least 1.2 times as fast and the model is wide enough.</returns>
    public static DType Decide(ComputeType wanted, int hiddenSize, Device device) => wanted switch
    {
        ComputeType.Float32 => DType.Float32,
        ComputeType.BFloat16 => DType.BFloat16,
        _ when hiddenSize < SmallestHiddenSizeForBFloat16 => DType.Float32,
        _ => Seconds(DType.Float32, device) > WorthwhileRatio * Seconds(DType.BFloat16, device) ? DType.BFloat16 : DType.Float32,
    };

    /// <summary>What to tell a user, before the work begins, who asks for a type that takes longer than the other one would.</summary>
    /// <param name="wanted">The recipe's word.</param>
    /// <param name="device">Where it runs.</param>
    /// <returns>A sentence with the measured ratio and the cure; null unless bfloat16 was asked for, and its product takes more than 1.3 times as long as float32's.</returns>
    public static string? SlowNotice(ComputeType wanted, Device device) =>
        wanted != ComputeType.BFloat16 || device.IsCuda ? null : SlowNotice(Seconds(DType.BFloat16, device) / Seconds(DType.Float32, device));

    /// <summary>The same from a ratio.</summary>
    internal static string? SlowNotice(double ratio) => ratio <= SlowRatio ? null : string.Create(
        CultureInfo.InvariantCulture,
        $"a product in bfloat16 takes {ratio:F1} times as long here as in float32 (kernels: {TorchLibrary.KernelSet}); float32, or auto, is faster and takes more memory");

    private static double Seconds(DType type, Device device)
    {
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        var matrix = Tensor.Full([ProductSize, ProductSize], 0.5, type, device);
        var best = double.PositiveInfinity;
        for (var i = 0; i < 5; i++)
        {
            TorchLibrary.Synchronize(device);
            var clock = Stopwatch.StartNew();
            Layers.Linear(matrix, matrix).Dispose(); // as the model multiplies
            TorchLibrary.Synchronize(device);
            best = Math.Min(best, clock.Elapsed.TotalSeconds);
        }

        return best;
    }
}
