namespace TSpin.Hub;

/// <summary>The hub gave no usable answer after all tries; what is in the cache may still do. Exit code 3: the machine lacks something.</summary>
public sealed class HubUnreachableException : TSpinException
{
    /// <summary>Creates the fault.</summary>
    /// <param name="message">Which address, how it failed, and the cure.</param>
    /// <param name="inner">The last failure.</param>
    public HubUnreachableException(string message, Exception? inner = null)
        : base(message, inner) => ExitCode = 3;
}
