using System.Runtime.InteropServices;

namespace TSpin.Torch.Interop;

/// <summary>neural.cpp: products and layers.</summary>
internal static unsafe partial class Native
{
    [LibraryImport(Library)]
    internal static partial int ts_matmul(TensorHandle a, TensorHandle b, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_linear(TensorHandle input, TensorHandle weight, TensorHandle bias, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_embedding(TensorHandle weight, TensorHandle ids, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_rms_norm(TensorHandle x, TensorHandle weight, double epsilon, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_rotate(TensorHandle x, TensorHandle cos, TensorHandle sin, out nint result, byte* error, long errorCapacity);
}
