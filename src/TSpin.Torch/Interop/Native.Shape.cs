using System.Runtime.InteropServices;

namespace TSpin.Torch.Interop;

/// <summary>shape.cpp: views, joins, selection.</summary>
internal static unsafe partial class Native
{
    [LibraryImport(Library)]
    internal static partial int ts_reshape(TensorHandle tensor, long* shape, int rank, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_transpose(TensorHandle tensor, long dim0, long dim1, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_unsqueeze(TensorHandle tensor, long dim, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_squeeze(TensorHandle tensor, long dim, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_expand(TensorHandle tensor, long* shape, int rank, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_narrow(TensorHandle tensor, long dim, long start, long length, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_select(TensorHandle tensor, long dim, long index, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_cat(nint* tensors, int count, long dim, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_stack(nint* tensors, int count, long dim, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_index_select(TensorHandle tensor, long dim, TensorHandle index, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_index_copy_(TensorHandle self, long dim, TensorHandle index, TensorHandle source, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_scatter_(TensorHandle self, long dim, TensorHandle index, TensorHandle source, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_index_add(TensorHandle tensor, long dim, TensorHandle index, TensorHandle source, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_gather(TensorHandle tensor, long dim, TensorHandle index, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_masked_fill(TensorHandle tensor, TensorHandle mask, double value, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_where(TensorHandle condition, TensorHandle yes, TensorHandle no, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_repeat_interleave(TensorHandle tensor, long repeats, long dim, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_tril(TensorHandle tensor, long diagonal, out nint result, byte* error, long errorCapacity);
}
