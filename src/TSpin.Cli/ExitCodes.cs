namespace TSpin.Cli;

/// <summary>Exit codes of every verb; documented in docs/command-line.md.</summary>
internal static class ExitCodes
{
    /// <summary>A comparison did not hold.</summary>
    public const int CheckFailed = 1;

    /// <summary>Bad input; the message names it and the cure.</summary>
    public const int BadInput = 2;

    /// <summary>This machine lacks something: libtorch, memory.</summary>
    public const int MissingOnThisMachine = 3;

    /// <summary>A fault of this program that it did not foresee (EX_SOFTWARE of sysexits.h).</summary>
    public const int Unforeseen = 70;

    /// <summary>Stopped by Ctrl-C or a termination signal; the same command continues.</summary>
    public const int Interrupted = 130;
}
