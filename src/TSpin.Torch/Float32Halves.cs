using TSpin.Torch.Interop;

namespace TSpin.Torch;

/// <summary>
/// A float32 tensor in two halves: a bfloat16 one to compute with, rounded to nearest with ties away from zero, and the 16 bits that rounding cut off, kept in a bfloat16 tensor although they
/// are no numbers by themselves. Both take 4 bytes, where a float32 master and its bfloat16 copy take 6, and hold the same: what Kahan's compensation (1965) would keep, without its rounding.
/// </summary>
public static unsafe class Float32Halves
{
    /// <summary>Splits.</summary>
    /// <param name="wide">float32.</param>
    /// <returns>Both halves, new tensors of the same shape on the same device; without gradients.</returns>
    /// <exception cref="TorchException">The tensor is not float32.</exception>
    public static (Tensor High, Tensor Low) Split(Tensor wide)
    {
        Native.Check(Native.ts_split_float32(wide.Handle, out var high, out var low, Native.Error, Native.ErrorCapacity));
        return (Tensor.Wrap(high), Tensor.Wrap(low));
    }

    /// <summary>Joins.</summary>
    /// <param name="high">Upper half.</param>
    /// <param name="low">Lower half.</param>
    /// <returns>float32, bit for bit what was split; a new tensor without gradients.</returns>
    /// <exception cref="TorchException">The halves are not bfloat16 tensors of one shape.</exception>
    public static Tensor Join(Tensor high, Tensor low)
    {
        Native.Check(Native.ts_join_float32(high.Handle, low.Handle, out var wide, Native.Error, Native.ErrorCapacity));
        return Tensor.Wrap(wide);
    }
}
