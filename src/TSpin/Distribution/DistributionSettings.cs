namespace TSpin.Distribution;

/// <summary>Section <c>distribution</c>: what a run does where several processes share its work; one process reads nothing of it.</summary>
public sealed record DistributionSettings
{
    /// <summary>
    /// The longest in seconds that a process waits for the others, at the start and in every exchange. A killed process is noticed at once, a stopped machine or a cut cable only after this time,
    /// so that it must be longer than the processes are ever apart: than one wave of answers takes on the slowest of them. Default 1800.
    /// </summary>
    public int TimeoutSeconds { get; init; } = 1800;

    /// <summary>What each process holds of the model in training. Default <see cref="ShardingKind.None"/>.</summary>
    public ShardingKind Sharding { get; init; }

    /// <summary>Threads of every process; null as the environment says (<c>OMP_NUM_THREADS</c>, which torchrun sets to 1). Default null.</summary>
    public int? Threads { get; init; }
}
