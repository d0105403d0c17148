using TSpin.Torch.Interop;

namespace TSpin.Torch;

/// <summary>An operation of a <see cref="ProcessGroup"/> under way.</summary>
public sealed unsafe class GroupWork : IDisposable
{
    private readonly WorkHandle _handle;

    internal GroupWork(nint handle) => _handle = new WorkHandle(handle);

    /// <summary>Waits until the operation is done in this process; its tensors may be used again. May be called again.</summary>
    /// <exception cref="ProcessGroupException">Another process is gone, or did not come within the group's time.</exception>
    public void Wait() => ProcessGroup.Check(Native.ts_work_wait(_handle, Native.Error, Native.ErrorCapacity));

    /// <summary>Lets go of it. An operation that was not waited for goes on and keeps its tensors, but not memory that they give back: wait before that.</summary>
    public void Dispose() => _handle.Dispose();
}
