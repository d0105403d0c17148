using TSpin.Torch.Interop;

namespace TSpin.Torch;

/// <summary>A named source of random tensors with its own state; no operation of this library draws from a hidden one.</summary>
public sealed unsafe class RandomGenerator : IDisposable
{
    /// <summary>Starts a generator.</summary>
    /// <param name="seed">Any value; all 64 bits count. Below 2^32 the numbers on the CPU are those of PyTorch's <c>manual_seed</c>.</param>
    /// <param name="device">Where the tensors it fills live. Default: the CPU.</param>
    public RandomGenerator(ulong seed, Device device = default)
    {
        TorchLibrary.EnsureLoaded();
        Native.Check(Native.ts_generator_new(seed, device.Code, out var handle, Native.Error, Native.ErrorCapacity));
        Handle = new GeneratorHandle(handle);
    }

    internal GeneratorHandle Handle { get; }

    /// <summary>Frees the generator.</summary>
    public void Dispose() => Handle.Dispose();
}
