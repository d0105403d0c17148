using System.Runtime.InteropServices;

namespace TSpin.Torch.Interop;

/// <summary>tensor.cpp: creation, properties, copies.</summary>
internal static unsafe partial class Native
{
    [LibraryImport(Library)]
    internal static partial void ts_free(nint tensor);

    [LibraryImport(Library)]
    internal static partial int ts_from_data(void* data, long bytes, long* shape, int rank, int dtype, int device, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_full(long* shape, int rank, double value, int dtype, int device, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_empty(long* shape, int rank, int dtype, int device, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_arange(double start, double end, double step, int dtype, int device, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_rank(TensorHandle tensor, out int rank, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_shape(TensorHandle tensor, long* shape, int rank, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_dtype_of(TensorHandle tensor, out int dtype, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_device_of(TensorHandle tensor, out int device, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_is_contiguous(TensorHandle tensor, out int contiguous, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_copy_out(TensorHandle tensor, void* data, long bytes, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_release_memory_(TensorHandle tensor, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_take_memory_(TensorHandle tensor, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_data(TensorHandle tensor, out nint data, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_item(TensorHandle tensor, out double value, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_to(TensorHandle tensor, int dtype, int device, int copy, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_clone(TensorHandle tensor, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_detach(TensorHandle tensor, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_alias(TensorHandle tensor, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_contiguous(TensorHandle tensor, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_copy_(TensorHandle self, TensorHandle source, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_fill_(TensorHandle self, double value, byte* error, long errorCapacity);
}
