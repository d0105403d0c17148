using System.Runtime.InteropServices;

namespace TSpin.Torch.Interop;

/// <summary>Owns one native operation under way in a process group.</summary>
internal sealed class WorkHandle : SafeHandle
{
    public WorkHandle(nint value)
        : base(0, ownsHandle: true) => SetHandle(value);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Native.ts_work_free(handle);
        return true;
    }
}
