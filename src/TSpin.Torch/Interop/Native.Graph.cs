using System.Runtime.InteropServices;

namespace TSpin.Torch.Interop;

/// <summary>graph.cpp: CUDA graphs.</summary>
internal static unsafe partial class Native
{
    [LibraryImport(Library)]
    internal static partial int ts_graphs_available(out int available, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_graph_new(int device, GraphHandle poolOf, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_graph_begin(GraphHandle graph, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_graph_end(GraphHandle graph, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_graph_replay(GraphHandle graph, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial void ts_graph_free(nint graph);
}
