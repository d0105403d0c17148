using TSpin.Torch.Interop;

namespace TSpin.Torch;

/// <summary>Switches the recording of operations for gradients off or on for this thread until disposed.</summary>
public sealed unsafe class GradMode : IDisposable
{
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly int _previous;
    private bool _disposed;

    private GradMode(bool enabled)
    {
        TorchLibrary.EnsureLoaded();
        Native.Check(Native.ts_set_grad_mode(enabled ? 1 : 0, out _previous, Native.Error, Native.ErrorCapacity));
    }

    /// <summary>Whether this thread records.</summary>
    public static bool IsOn
    {
        get
        {
            using var mode = On();
            return mode._previous != 0;
        }
    }

    /// <summary>No recording: for generation and evaluation.</summary>
    /// <returns>Restores the earlier mode when disposed.</returns>
    public static GradMode Off() => new(enabled: false);

    /// <summary>Recording, also inside <see cref="Off"/>: for recomputing a block.</summary>
    /// <returns>Restores the earlier mode when disposed.</returns>
    public static GradMode On() => new(enabled: true);

    /// <summary>Restores the earlier mode.</summary>
    /// <exception cref="InvalidOperationException">Another thread set it; this thread's mode stays as it is.</exception>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        if (_thread != Environment.CurrentManagedThreadId)
        {
            throw new InvalidOperationException("a grad mode must be disposed on the thread that set it");
        }

        _disposed = true;
        Native.Check(Native.ts_set_grad_mode(_previous, out _, Native.Error, Native.ErrorCapacity));
    }
}
