using System.Runtime.InteropServices;

namespace TSpin.Torch.Interop;

/// <summary>random.cpp: named generators.</summary>
internal static unsafe partial class Native
{
    [LibraryImport(Library)]
    internal static partial int ts_generator_new(ulong seed, int device, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial void ts_generator_free(nint generator);

    [LibraryImport(Library)]
    internal static partial int ts_normal_(TensorHandle self, double mean, double deviation, GeneratorHandle generator, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_uniform_(TensorHandle self, double low, double high, GeneratorHandle generator, byte* error, long errorCapacity);
}
