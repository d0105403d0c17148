using TSpin.Torch.Interop;

namespace TSpin.Torch;

/// <summary>
/// Tells whether any of some tensors was written to, by the counters that libtorch keeps for autograd (<c>Tensor._version</c>): each operation in place raises one,
/// also on a view or a detached tensor, and whether or not gradients are recorded.
/// </summary>
public sealed unsafe class TensorVersions
{
    private readonly Tensor[] _tensors;
    private readonly nint[] _handles;

    /// <summary>Watches tensors.</summary>
    /// <param name="tensors">They must not be disposed of before the last <see cref="Sum"/>.</param>
    public TensorVersions(IEnumerable<Tensor> tensors)
    {
        TorchLibrary.EnsureLoaded();
        _tensors = [.. tensors];
        _handles = [.. _tensors.Select(tensor => tensor.Handle.DangerousGetHandle())];
    }

    /// <summary>How often they were written to, all together; a few nanoseconds a tensor.</summary>
    /// <returns>A number that grows with every write.</returns>
    /// <exception cref="ObjectDisposedException">One of them is gone.</exception>
    public long Sum()
    {
        foreach (var tensor in _tensors)
        {
            ObjectDisposedException.ThrowIf(tensor.IsDisposed, tensor);
        }

        fixed (nint* first = _handles)
        {
            Native.Check(Native.ts_version_sum(first, _handles.Length, out var sum, Native.Error, Native.ErrorCapacity));
            GC.KeepAlive(_tensors);
            return sum;
        }
    }
}
