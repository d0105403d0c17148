using System.Runtime.InteropServices;
using TSpin.Torch.Interop;

namespace TSpin.Torch;

/// <summary>
/// A libtorch tensor. Every tensor made while a <see cref="TensorScope"/> is open on this thread is disposed with that scope unless
/// it is kept (<see cref="TensorScope.Keep(Tensor)"/>); outside scopes its maker disposes it. Instances may be read from several threads, not
/// changed. Operations follow PyTorch's broadcasting and type promotion; errors are <see cref="TorchException"/> with the operation and shapes.
/// </summary>
public sealed unsafe partial class Tensor : IDisposable
{
    private long[]? _shape;

    private Tensor(nint handle)
    {
        Handle = new TensorHandle(handle);
        TensorScope.Track(this);
    }

    /// <summary>Number of dimensions.</summary>
    public int Rank => Shape.Length;

    /// <summary>Size of every dimension. Do not modify the array.</summary>
    public long[] Shape
    {
        get
        {
            if (_shape is null)
            {
                Check(Native.ts_rank(Handle, out var rank, Native.Error, Native.ErrorCapacity));
                var shape = new long[rank];
                fixed (long* sizes = shape)
                {
                    Check(Native.ts_shape(Handle, sizes, rank, Native.Error, Native.ErrorCapacity));
                }

                _shape = shape;
            }

            return _shape;
        }
    }

    /// <summary>Number of elements.</summary>
    public long ElementCount
    {
        get
        {
            var count = 1L;
            foreach (var size in Shape)
            {
                count *= size;
            }

            return count;
        }
    }

    /// <summary>Element type.</summary>
    public DType DType
    {
        get
        {
            Check(Native.ts_dtype_of(Handle, out var type, Native.Error, Native.ErrorCapacity));
            return (DType)type;
        }
    }

    /// <summary>Where the elements live.</summary>
    public Device Device
    {
        get
        {
            Check(Native.ts_device_of(Handle, out var device, Native.Error, Native.ErrorCapacity));
            return Device.FromCode(device);
        }
    }

    /// <summary>True when the elements lie in row-major order without gaps.</summary>
    public bool IsContiguous
    {
        get
        {
            Check(Native.ts_is_contiguous(Handle, out var contiguous, Native.Error, Native.ErrorCapacity));
            return contiguous != 0;
        }
    }

    /// <summary>True after <see cref="Dispose"/>.</summary>
    public bool IsDisposed => Handle.IsClosed;

    internal TensorHandle Handle { get; }

    /// <summary>Size of one dimension.</summary>
    /// <param name="dimension">Index; negative counts from the end.</param>
    /// <returns>The size.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The tensor has no such dimension.</exception>
    public long Size(int dimension)
    {
        var index = dimension < 0 ? Rank + dimension : dimension;
        return (uint)index < (uint)Rank
            ? Shape[index]
            : throw new ArgumentOutOfRangeException(nameof(dimension), dimension, $"a tensor of shape [{string.Join(", ", Shape)}] has {Rank} dimensions");
    }

    /// <summary>Frees this handle; the memory goes when libtorch's graph and views no longer need it.</summary>
    public void Dispose() => Handle.Dispose();

    /// <summary>The value of a tensor with one element.</summary>
    /// <returns>The value as a double.</returns>
    /// <exception cref="TorchException">More than one element.</exception>
    public double Item()
    {
        Check(Native.ts_item(Handle, out var value, Native.Error, Native.ErrorCapacity));
        return value;
    }

    /// <summary>Copies all elements out in row-major order, without conversion.</summary>
    /// <typeparam name="T">The .NET type of <see cref="DType"/>; for bfloat16 convert with <see cref="To(DType)"/> first.</typeparam>
    /// <returns>A new array of <see cref="ElementCount"/> elements.</returns>
    /// <exception cref="InvalidOperationException"><typeparamref name="T"/> is not the dtype's type.</exception>
    public T[] ToArray<T>()
        where T : unmanaged
    {
        if (DTypes.Of<T>() != DType)
        {
            throw new InvalidOperationException($"a {DType} tensor cannot be read as {typeof(T).Name}; convert it with To({DTypes.Of<T>()}) first");
        }

        var values = new T[ElementCount];
        CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>Copies all elements out as little-endian bytes in row-major order.</summary>
    /// <param name="bytes">Exactly <see cref="ElementCount"/> times the element size.</param>
    public void CopyTo(Span<byte> bytes)
    {
        fixed (byte* target = bytes)
        {
            Check(Native.ts_copy_out(Handle, target, bytes.Length, Native.Error, Native.ErrorCapacity));
        }
    }

    /// <summary>Address of the first element of a contiguous CPU tensor; valid while this tensor lives.</summary>
    /// <returns>The address.</returns>
    public nint DataPointer()
    {
        Check(Native.ts_data(Handle, out var address, Native.Error, Native.ErrorCapacity));
        return address;
    }

    /// <inheritdoc/>
    public override string ToString() => IsDisposed ? "disposed tensor" : $"{DType} [{string.Join(", ", Shape)}] on {Device}";

    internal static Tensor Wrap(nint handle) => new(handle);

    private static void Check(int status) => Native.Check(status);

    private static nint[] Handles(IReadOnlyList<Tensor> tensors)
    {
        var handles = new nint[tensors.Count];
        for (var i = 0; i < handles.Length; i++)
        {
            ObjectDisposedException.ThrowIf(tensors[i].IsDisposed, tensors[i]);
            handles[i] = tensors[i].Handle.DangerousGetHandle();
        }

        return handles;
    }
}
