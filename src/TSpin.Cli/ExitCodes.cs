namespace TSpin.Cli;

/// <summary>Exit codes of every verb; documented in docs/command-line.md.</summary>
internal static class ExitCodes
{
    /// <summary>A comparison did not hold.</summary>
    public const int CheckFailed = 1;

    /// <summary>This machine lacks something: libtorch, memory.</summary>
    public const int MissingOnThisMachine = 3;

    /// <summary>Stopped by Ctrl-C or a termination signal; the same command continues.</summary>
    public const int Interrupted = 130;
}
