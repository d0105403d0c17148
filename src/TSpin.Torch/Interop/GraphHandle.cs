using System.Runtime.InteropServices;

namespace TSpin.Torch.Interop;

/// <summary>Owns one native CUDA graph.</summary>
internal sealed class GraphHandle : SafeHandle
{
    public GraphHandle(nint value)
        : base(0, ownsHandle: true) => SetHandle(value);

    /// <summary>Stands for an absent optional argument (NULL).</summary>
    public static GraphHandle None { get; } = new(0);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Native.ts_graph_free(handle);
        return true;
    }
}
