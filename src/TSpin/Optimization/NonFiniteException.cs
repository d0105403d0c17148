namespace TSpin.Optimization;

/// <summary>The loss or the gradient became NaN or infinite. Training stopped before the step; the weights are those of the step before, or, where backward updates block by block, partly those after it, which the message says: such weights must not be saved.</summary>
public sealed class NonFiniteException : TSpinException
{
    /// <summary>Creates the stop.</summary>
    /// <param name="message">Step, quantity, where the batch was saved, what to try.</param>
    public NonFiniteException(string message)
        : base(message) => ExitCode = 4;
}
