using TSpin.Torch.Interop;

namespace TSpin.Torch;

/// <content>Tensors whose memory comes and goes.</content>
public sealed unsafe partial class Tensor
{
    /// <summary>
    /// Gives back the memory of a whole tensor and of all that share it, which keep their shapes and must not be read before <see cref="TakeMemory"/>. Autograd does not notice, so that what a
    /// graph has saved of it comes back with it.
    /// </summary>
    public void ReleaseMemory() => Check(Native.ts_release_memory_(Handle, Native.Error, Native.ErrorCapacity));

    /// <summary>Takes memory again, with nothing in it.</summary>
    /// <exception cref="TorchException">It has its memory, or is a view of a part of another one.</exception>
    public void TakeMemory() => Check(Native.ts_take_memory_(Handle, Native.Error, Native.ErrorCapacity));
}
