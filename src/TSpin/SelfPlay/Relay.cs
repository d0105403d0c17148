namespace TSpin.SelfPlay;

/// <summary>Passes a report on at once, on the reporting thread; <see cref="Progress{T}"/> would reorder them on the pool.</summary>
/// <typeparam name="T">What is reported.</typeparam>
/// <param name="report">Receives it.</param>
public sealed class Relay<T>(Action<T> report) : IProgress<T>
{
    /// <inheritdoc/>
    public void Report(T value) => report(value);
}
