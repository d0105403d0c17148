using System.Runtime.InteropServices;

namespace TSpin.Torch.Interop;

/// <summary>core.cpp: the library, threads, memory.</summary>
internal static unsafe partial class Native
{
    [LibraryImport(Library)]
    internal static partial int ts_abi_version();

    [LibraryImport(Library)]
    internal static partial int ts_versions(byte* version, long versionCapacity, byte* configuration, long configurationCapacity, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_set_threads(int threads, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_get_threads(out int threads, byte* error, long errorCapacity);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int ts_configure(string kernels, int ownHeap, string nccl, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial long ts_live_tensors();

    [LibraryImport(Library)]
    internal static partial int ts_cuda_device_count(out int count, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_synchronize(int device, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_cuda_properties(int device, byte* name, long nameCapacity, out long free, out long total, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_kernel_set(byte* name, long nameCapacity, byte* known, long knownCapacity, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_use_kernels(int on, out int previous, byte* error, long errorCapacity);
}
