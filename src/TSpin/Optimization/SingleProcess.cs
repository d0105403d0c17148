using TSpin.Torch;

namespace TSpin.Optimization;

/// <summary>Training in one process, where there is nothing to exchange.</summary>
public sealed class SingleProcess : IGradientExchange
{
    private SingleProcess()
    {
    }

    /// <summary>It.</summary>
    public static SingleProcess Instance { get; } = new();

    /// <inheritdoc/>
    public int Processes => 1;

    /// <inheritdoc/>
    public Action BeginSum(IReadOnlyList<Tensor> gradients) => () => { };

    /// <inheritdoc/>
    public double Sum(double value) => value;
}
