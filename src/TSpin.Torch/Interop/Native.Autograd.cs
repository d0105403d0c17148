using System.Runtime.InteropServices;

namespace TSpin.Torch.Interop;

/// <summary>autograd.cpp: gradients and grad mode.</summary>
internal static unsafe partial class Native
{
    [LibraryImport(Library)]
    internal static partial int ts_set_requires_grad(TensorHandle tensor, int required, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_requires_grad(TensorHandle tensor, out int required, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_version_sum(nint* tensors, int count, out long sum, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_backward(TensorHandle tensor, TensorHandle gradient, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_grad(TensorHandle tensor, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_clear_grad(TensorHandle tensor, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_set_grad_mode(int enabled, out int previous, byte* error, long errorCapacity);
}
