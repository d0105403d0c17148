using System.Runtime.InteropServices;

namespace TSpin.Torch.Interop;

/// <summary>Owns one native process group.</summary>
internal sealed class GroupHandle : SafeHandle
{
    public GroupHandle(nint value)
        : base(0, ownsHandle: true) => SetHandle(value);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Native.ts_group_free(handle);
        return true;
    }
}
