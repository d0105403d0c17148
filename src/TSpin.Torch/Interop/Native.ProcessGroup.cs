using System.Runtime.InteropServices;

namespace TSpin.Torch.Interop;

/// <summary>process_group.cpp: processes that work together.</summary>
internal static unsafe partial class Native
{
    [LibraryImport(Library)]
    internal static partial int ts_groups_available(out int available, byte* error, long errorCapacity);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int ts_group_new(
        string storeHost, int storePort, int serves, string prefix, int rank, int size, string deviceInterface, string deviceAddress, long timeoutMilliseconds, out nint result,
        byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial void ts_group_free(nint group);

    [LibraryImport(Library)]
    internal static partial int ts_require_nccl(byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_group_join_device(GroupHandle group, int device, out int joined, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_group_all_reduce(GroupHandle group, TensorHandle tensor, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_group_reduce(GroupHandle group, TensorHandle tensor, int root, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_group_broadcast(GroupHandle group, TensorHandle tensor, int root, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_group_all_gather(GroupHandle group, TensorHandle part, TensorHandle whole, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_group_reduce_scatter(GroupHandle group, TensorHandle whole, TensorHandle part, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_group_barrier(GroupHandle group, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int ts_group_leave_word(GroupHandle group, string key, byte* error, long errorCapacity);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int ts_group_has_word(GroupHandle group, string key, out int found, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_work_wait(WorkHandle work, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial void ts_work_free(nint work);
}
