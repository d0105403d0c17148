using System.Runtime.InteropServices;

namespace TSpin.Torch.Interop;

/// <summary>reduce.cpp: reductions.</summary>
internal static unsafe partial class Native
{
    [LibraryImport(Library)]
    internal static partial int ts_sum(TensorHandle a, long* dims, int count, int keep, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_mean(TensorHandle a, long* dims, int count, int keep, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_amax(TensorHandle a, long dim, int keep, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_argmax(TensorHandle a, long dim, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_logsumexp(TensorHandle a, long dim, int keep, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_softmax(TensorHandle a, long dim, int dtype, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_log_softmax(TensorHandle a, long dim, int dtype, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_cumsum(TensorHandle a, long dim, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_topk(TensorHandle a, long k, long dim, out nint values, out nint indices, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_sort_descending(TensorHandle a, long dim, out nint values, out nint indices, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_sum_of_squares(nint* tensors, int count, out double result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_dot64(TensorHandle a, TensorHandle b, out double result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_all_finite(TensorHandle a, out int finite, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_max_abs_difference(TensorHandle a, TensorHandle b, out double result, byte* error, long errorCapacity);
}
