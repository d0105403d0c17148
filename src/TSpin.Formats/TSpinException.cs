namespace TSpin;

/// <summary>
/// A fault the user can cure: bad input, a bad recipe, a damaged file, a full disk. The message names the file, line or field,
/// the offending value, and what to do. The command line prints the message alone and exits with <see cref="ExitCode"/>.
/// </summary>
public class TSpinException : Exception
{
    /// <summary>Creates the fault.</summary>
    /// <param name="message">What is wrong, where, with which value, and the cure.</param>
    /// <param name="inner">The underlying exception, if any.</param>
    public TSpinException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>Process exit code: 2 for bad input (the default), 3 for a machine that lacks something, 4 for a numerical stop.</summary>
    public int ExitCode { get; init; } = 2;
}
