using TSpin.Torch.Interop;

namespace TSpin.Torch;

/// <summary>
/// Work on a CUDA device that was recorded once and is launched again as one, with what the tensors it reads hold then. Launching a kernel costs the CPU some
/// microseconds, so work of many small kernels runs as fast as it can be launched, not as fast as it can be computed; a graph is one launch.
/// </summary>
public sealed unsafe class CudaGraph : IDisposable
{
    // Libraries make their handles and workspaces in the first run; a second one finds everything in place.
    private const int WarmUps = 2;

    private readonly GraphHandle _handle;

    private CudaGraph(GraphHandle handle, Tensor output)
    {
        _handle = handle;
        Output = output;
    }

    /// <summary>True where the native library was built with CUDA's headers and libtorch sees a CUDA device.</summary>
    public static bool IsAvailable
    {
        get
        {
            TorchLibrary.EnsureLoaded();
            Native.Check(Native.ts_graphs_available(out var available, Native.Error, Native.ErrorCapacity));
            return available != 0;
        }
    }

    /// <summary>What the work returned; every replay writes it anew. Disposed with the graph.</summary>
    public Tensor Output { get; }

    /// <summary>Runs some work a few times to warm up, then records it. It has not been done with its last inputs before <see cref="Replay"/>.</summary>
    /// <param name="device">The CUDA device it runs on.</param>
    /// <param name="work">
    /// Reads and writes tensors that live as long as the graph, of shapes that never change, and returns one; may be repeated without harm; neither waits for the device
    /// nor makes tensors from memory of .NET. Tensors it makes on the way are disposed, the one it returns becomes the graph's.
    /// </param>
    /// <param name="pool">A graph whose memory this one uses too, so that each must have its output read before the other is replayed. Default: memory of its own.</param>
    /// <returns>The graph.</returns>
    /// <exception cref="TorchException">There are no graphs here, or the work cannot be recorded.</exception>
    public static CudaGraph Capture(Device device, Func<Tensor> work, CudaGraph? pool = null)
    {
        TorchLibrary.EnsureLoaded();
        Native.Check(Native.ts_graph_new(device.Code, pool?._handle ?? GraphHandle.None, out var created, Native.Error, Native.ErrorCapacity));
        var handle = new GraphHandle(created);
        Tensor? output = null;
        try
        {
            for (var run = 0; run < WarmUps; run++)
            {
                using var scope = new TensorScope();
                work();
            }

            Native.Check(Native.ts_graph_begin(handle, Native.Error, Native.ErrorCapacity));
            using (new TensorScope())
            {
                output = TensorScope.Detach(work());
            }

            Native.Check(Native.ts_graph_end(handle, Native.Error, Native.ErrorCapacity));
            return new CudaGraph(handle, output);
        }
        catch
        {
            output?.Dispose();
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Does the recorded work with what its tensors hold now; does not wait for it.</summary>
    /// <returns><see cref="Output"/>.</returns>
    public Tensor Replay()
    {
        Native.Check(Native.ts_graph_replay(_handle, Native.Error, Native.ErrorCapacity));
        return Output;
    }

    /// <summary>Frees the graph, its output and, with the last graph of a pool, the memory.</summary>
    public void Dispose()
    {
        Output.Dispose();
        _handle.Dispose();
    }
}
