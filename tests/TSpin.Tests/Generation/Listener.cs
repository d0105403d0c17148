namespace TSpin.Tests.Generation;

/// <summary>Hears progress at once; <see cref="Progress{T}"/> would post it to another thread.</summary>
internal sealed class Listener<T>(Action<T> hear) : IProgress<T>
{
    public void Report(T value) => hear(value);
}
