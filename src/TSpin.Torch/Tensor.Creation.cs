using System.Runtime.InteropServices;
using TSpin.Torch.Interop;

namespace TSpin.Torch;

public sealed unsafe partial class Tensor
{
    /// <summary>A tensor with a copy of the given elements.</summary>
    /// <typeparam name="T">float, double, long, int, byte, bool or Half.</typeparam>
    /// <param name="values">Row-major elements; their number must be the product of <paramref name="shape"/>.</param>
    /// <param name="shape">Sizes of the dimensions; empty for a scalar.</param>
    /// <param name="device">Where to put it. Default: the CPU.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor From<T>(ReadOnlySpan<T> values, ReadOnlySpan<long> shape, Device device = default)
        where T : unmanaged =>
        FromBytes(MemoryMarshal.AsBytes(values), shape, DTypes.Of<T>(), device);

    /// <summary>A one-dimensional tensor with a copy of the given elements.</summary>
    /// <typeparam name="T">float, double, long, int, byte, bool or Half.</typeparam>
    /// <param name="values">The elements.</param>
    /// <param name="device">Where to put it. Default: the CPU.</param>
    /// <returns>A new tensor [n].</returns>
    public static Tensor From<T>(T[] values, Device device = default)
        where T : unmanaged =>
        From<T>(values, [values.Length], device);

    /// <summary>A tensor from raw little-endian bytes.</summary>
    /// <param name="bytes">Row-major elements.</param>
    /// <param name="shape">Sizes of the dimensions.</param>
    /// <param name="type">Element type.</param>
    /// <param name="device">Where to put it. Default: the CPU.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor FromBytes(ReadOnlySpan<byte> bytes, ReadOnlySpan<long> shape, DType type, Device device = default)
    {
        fixed (byte* data = bytes)
        {
            return FromPointer((nint)data, bytes.Length, shape, type, device);
        }
    }

    /// <summary>A tensor with a copy of memory outside .NET, for example of a mapped file.</summary>
    /// <param name="data">Address of the first byte.</param>
    /// <param name="byteCount">Number of bytes; must equal shape times element size.</param>
    /// <param name="shape">Sizes of the dimensions.</param>
    /// <param name="type">Element type.</param>
    /// <param name="device">Where to put it. Default: the CPU.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor FromPointer(nint data, long byteCount, ReadOnlySpan<long> shape, DType type, Device device = default)
    {
        TorchLibrary.EnsureLoaded();
        fixed (long* sizes = shape)
        {
            Check(Native.ts_from_data((void*)data, byteCount, sizes, shape.Length, (int)type, device.Code, out var result, Native.Error, Native.ErrorCapacity));
            return Wrap(result);
        }
    }

    /// <summary>A tensor filled with one value.</summary>
    /// <param name="shape">Sizes of the dimensions.</param>
    /// <param name="value">The value.</param>
    /// <param name="type">Element type. Default: float32.</param>
    /// <param name="device">Where to put it. Default: the CPU.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor Full(ReadOnlySpan<long> shape, double value, DType type = DType.Float32, Device device = default)
    {
        TorchLibrary.EnsureLoaded();
        fixed (long* sizes = shape)
        {
            Check(Native.ts_full(sizes, shape.Length, value, (int)type, device.Code, out var result, Native.Error, Native.ErrorCapacity));
            return Wrap(result);
        }
    }

    /// <summary>A tensor of zeros.</summary>
    /// <param name="shape">Sizes of the dimensions.</param>
    /// <param name="type">Element type. Default: float32.</param>
    /// <param name="device">Where to put it. Default: the CPU.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor Zeros(ReadOnlySpan<long> shape, DType type = DType.Float32, Device device = default) => Full(shape, 0, type, device);

    /// <summary>A tensor whose elements are not set; write all of them before reading any.</summary>
    /// <param name="shape">Sizes of the dimensions.</param>
    /// <param name="type">Element type. Default: float32.</param>
    /// <param name="device">Where to put it. Default: the CPU.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor Empty(ReadOnlySpan<long> shape, DType type = DType.Float32, Device device = default)
    {
        TorchLibrary.EnsureLoaded();
        fixed (long* sizes = shape)
        {
            Check(Native.ts_empty(sizes, shape.Length, (int)type, device.Code, out var result, Native.Error, Native.ErrorCapacity));
            return Wrap(result);
        }
    }

    /// <summary>0, 1, ..., <paramref name="count"/> - 1.</summary>
    /// <param name="count">Number of elements.</param>
    /// <param name="type">Element type. Default: int64.</param>
    /// <param name="device">Where to put it. Default: the CPU.</param>
    /// <returns>A new tensor [count].</returns>
    public static Tensor Range(long count, DType type = DType.Int64, Device device = default)
    {
        TorchLibrary.EnsureLoaded();
        Check(Native.ts_arange(0, count, 1, (int)type, device.Code, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Converts the element type; differentiable. The same memory if it already fits.</summary>
    /// <param name="type">New element type.</param>
    /// <returns>A tensor of that type.</returns>
    public Tensor To(DType type) => To(type, Device);

    /// <summary>Converts the element type and moves; differentiable.</summary>
    /// <param name="type">New element type.</param>
    /// <param name="device">New device.</param>
    /// <param name="copy">True for new memory even where nothing changes.</param>
    /// <returns>A tensor of that type there.</returns>
    public Tensor To(DType type, Device device, bool copy = false)
    {
        Check(Native.ts_to(Handle, (int)type, device.Code, copy ? 1 : 0, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>A copy in new memory; differentiable.</summary>
    /// <returns>The copy.</returns>
    public Tensor Clone()
    {
        Check(Native.ts_clone(Handle, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>The same memory without gradient history.</summary>
    /// <returns>A view.</returns>
    public Tensor Detach()
    {
        Check(Native.ts_detach(Handle, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>A second handle to the same tensor, with its own lifetime.</summary>
    /// <returns>The alias.</returns>
    public Tensor Alias()
    {
        Check(Native.ts_alias(Handle, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>The same elements in row-major memory.</summary>
    /// <returns>A tensor without gaps.</returns>
    public Tensor Contiguous()
    {
        Check(Native.ts_contiguous(Handle, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Overwrites the elements with another tensor's, converted and broadcast.</summary>
    /// <param name="source">The values.</param>
    /// <returns>This tensor.</returns>
    public Tensor CopyFrom(Tensor source)
    {
        Check(Native.ts_copy_(Handle, source.Handle, Native.Error, Native.ErrorCapacity));
        return this;
    }

    /// <summary>Overwrites all elements with one value.</summary>
    /// <param name="value">The value.</param>
    /// <returns>This tensor.</returns>
    public Tensor Fill(double value)
    {
        Check(Native.ts_fill_(Handle, value, Native.Error, Native.ErrorCapacity));
        return this;
    }

    /// <summary>Fills with normal draws, in place.</summary>
    /// <param name="mean">Mean.</param>
    /// <param name="deviation">Standard deviation.</param>
    /// <param name="generator">The source.</param>
    /// <returns>This tensor.</returns>
    public Tensor FillNormal(double mean, double deviation, RandomGenerator generator)
    {
        Check(Native.ts_normal_(Handle, mean, deviation, generator.Handle, Native.Error, Native.ErrorCapacity));
        return this;
    }

    /// <summary>Fills with uniform draws from [low, high), in place.</summary>
    /// <param name="low">Lower bound.</param>
    /// <param name="high">Upper bound.</param>
    /// <param name="generator">The source.</param>
    /// <returns>This tensor.</returns>
    public Tensor FillUniform(double low, double high, RandomGenerator generator)
    {
        Check(Native.ts_uniform_(Handle, low, high, generator.Handle, Native.Error, Native.ErrorCapacity));
        return this;
    }
}
