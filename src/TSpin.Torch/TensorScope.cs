namespace TSpin.Torch;

/// <summary>
/// Disposes every tensor made inside it, so that a forward and backward pass needs no bookkeeping. Scopes nest per thread; dispose them
/// in reverse order on the thread that opened them (a <c>using</c> does).
/// </summary>
public sealed class TensorScope : IDisposable
{
    [ThreadStatic]
    private static TensorScope? _current;

    private readonly TensorScope? _outer;
    private readonly List<Tensor> _tensors = [];
    private bool _disposed;

    /// <summary>Opens a scope on this thread.</summary>
    public TensorScope()
    {
        _outer = _current;
        _current = this;
    }

    /// <summary>Moves a tensor out to the scope around this one, or out of all scopes when there is none; its maker then disposes it.</summary>
    /// <param name="tensor">A tensor made in this scope.</param>
    /// <returns>The same tensor.</returns>
    public Tensor Keep(Tensor tensor)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var index = _tensors.LastIndexOf(tensor);
        if (index >= 0)
        {
            _tensors.RemoveAt(index);
            _outer?._tensors.Add(tensor);
        }

        return tensor;
    }

    /// <summary>Takes a tensor out of every open scope of this thread: its maker disposes it.</summary>
    /// <param name="tensor">Any tensor.</param>
    /// <returns>The same tensor.</returns>
    public static Tensor Detach(Tensor tensor)
    {
        for (var scope = _current; scope is not null; scope = scope._outer)
        {
            var index = scope._tensors.LastIndexOf(tensor);
            if (index >= 0)
            {
                scope._tensors.RemoveAt(index);
                break;
            }
        }

        return tensor;
    }

    /// <summary>The innermost scope of this thread; null outside any.</summary>
    public static TensorScope? Current => _current;

    /// <summary>Takes a tensor over from whichever scope of this thread has it, so that it lives as long as this scope.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <returns>The same tensor.</returns>
    public Tensor Adopt(Tensor tensor)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _tensors.Add(Detach(tensor));
        return tensor;
    }

    /// <summary>Disposes every tensor made since the scope was opened and not kept.</summary>
    /// <exception cref="InvalidOperationException">An inner scope is still open, or another thread opened this one.</exception>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        if (_current != this)
        {
            throw new InvalidOperationException("tensor scopes must be disposed in reverse order on the thread that opened them");
        }

        _disposed = true;
        _current = _outer;
        foreach (var tensor in _tensors)
        {
            tensor.Dispose();
        }

        _tensors.Clear();
    }

    internal static void Track(Tensor tensor) => _current?._tensors.Add(tensor);
}
