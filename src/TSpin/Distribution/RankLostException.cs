namespace TSpin.Distribution;

/// <summary>Another process of the run is gone, or did not come in time: this one can only stop, and the same command goes on from what is saved.</summary>
public sealed class RankLostException : TSpinException
{
    /// <summary>The exit code of a process that stops because another one is gone.</summary>
    public const int Code = 5;

    /// <summary>Says so.</summary>
    /// <param name="message">Which process, as far as it is known, and what to do.</param>
    /// <param name="inner">What failed.</param>
    public RankLostException(string message, Exception? inner = null)
        : base(message, inner) => ExitCode = Code;
}
