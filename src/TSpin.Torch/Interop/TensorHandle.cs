using System.Runtime.InteropServices;

namespace TSpin.Torch.Interop;

/// <summary>Owns one native tensor handle; frees it once, from any thread.</summary>
internal sealed class TensorHandle : SafeHandle
{
    public TensorHandle(nint value)
        : base(0, ownsHandle: true) => SetHandle(value);

    /// <summary>Stands for an absent optional argument (NULL).</summary>
    public static TensorHandle None { get; } = new(0);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Native.ts_free(handle);
        return true;
    }
}
