namespace TSpin.Distribution;

/// <summary>One of several processes that a launcher has started for one run; see <see cref="LaunchVariables"/>.</summary>
/// <param name="Launcher">Who says so, for messages: torchrun, Slurm or the environment.</param>
/// <param name="Rank">This process' number, from 0 to <paramref name="Count"/> - 1.</param>
/// <param name="Count">How many processes there are; at least 2.</param>
/// <param name="LocalRank">Its number among those of its machine, from 0.</param>
/// <param name="StoreHost">Where all meet: a name or an address.</param>
/// <param name="StorePort">The TCP port there.</param>
/// <param name="StoreIsServed">Whether the launcher has the store already; else rank 0 serves it.</param>
/// <param name="Prefix">What keys in the store begin with: another one after every restart.</param>
public sealed record LaunchedRank(string Launcher, int Rank, int Count, int LocalRank, string StoreHost, int StorePort, bool StoreIsServed, string Prefix)
{
    /// <summary>How many of the processes are on its machine; null where the launcher does not say.</summary>
    public int? LocalCount { get; init; }

    /// <summary>The device of a process: of several on a machine each has its own GPU.</summary>
    /// <param name="device">What the recipe says.</param>
    /// <returns><c>cuda:N</c> for <c>cuda</c>, N the number on the machine; anything else as it is.</returns>
    public string DeviceOf(string device) => device == "cuda" ? FormattableString.Invariant($"cuda:{LocalRank}") : device;
}
