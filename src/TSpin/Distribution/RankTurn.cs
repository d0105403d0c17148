namespace TSpin.Distribution;

/// <summary>What follows an order of rank 0, which all processes do together.</summary>
public sealed class RankTurn : IDisposable
{
    private readonly Action<bool> _over;
    private bool _isDone;
    private bool _isOver;

    internal RankTurn(Action<bool> over) => _over = over;

    /// <summary>Says that all of it was done, so that the others wait for the next order.</summary>
    public void Done() => _isDone = true;

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        if (!_isOver)
        {
            _isOver = true;
            _over(_isDone);
        }
    }
}
