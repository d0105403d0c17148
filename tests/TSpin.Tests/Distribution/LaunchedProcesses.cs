using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Shouldly;
using TSpin.Distribution;
using TSpin.Tests.Cli;

namespace TSpin.Tests.Distribution;

/// <summary>Processes of the command line that know of each other, as a launcher starts them.</summary>
internal sealed class LaunchedProcesses : IDisposable
{
    private readonly TspinProcess[] _processes;

    private LaunchedProcesses(TspinProcess[] processes) => _processes = processes;

    public TspinProcess this[int rank] => _processes[rank];

    /// <summary>Starts one process per rank, each of one thread.</summary>
    /// <param name="count">How many.</param>
    /// <param name="arguments">Of each.</param>
    /// <param name="likeSlurm">With Slurm's variables instead of torchrun's.</param>
    public static LaunchedProcesses Start(int count, string[] arguments, bool likeSlurm = false)
    {
        var port = FreePort();
        return new LaunchedProcesses([.. Enumerable.Range(0, count).Select(rank => TspinProcess.Start(Variables(rank, count, port, likeSlurm), arguments))]);
    }

    /// <summary>Waits for the end of all.</summary>
    /// <returns>Exit codes.</returns>
    public int[] End() => [.. _processes.Select(process => process.End().Code)];

    public void Dispose() => Array.ForEach(_processes, process => process.Dispose());

    private static Dictionary<string, string> Variables(int rank, int count, int port, bool likeSlurm)
    {
        var (own, all) = (rank.ToString(CultureInfo.InvariantCulture), count.ToString(CultureInfo.InvariantCulture));
        var variables = likeSlurm
            ? new Dictionary<string, string>
            {
                ["SLURM_PROCID"] = own,
                ["SLURM_NTASKS"] = all,
                ["SLURM_LOCALID"] = own,
                ["SLURM_JOB_ID"] = "77",
                ["SLURM_STEP_ID"] = "0",
                ["SLURM_JOB_NODELIST"] = "localhost",
            }
            : new Dictionary<string, string> { ["RANK"] = own, ["WORLD_SIZE"] = all, ["LOCAL_RANK"] = own, ["MASTER_ADDR"] = "127.0.0.1" };
        variables["MASTER_PORT"] = port.ToString(CultureInfo.InvariantCulture);
        variables["OMP_NUM_THREADS"] = "1";
        return variables;
    }

    /// <summary>Does something in as many threads, each of which is a rank to the others.</summary>
    /// <param name="count">How many.</param>
    /// <param name="timeout">Of every exchange.</param>
    /// <param name="work">What each does.</param>
    /// <returns>What each returns.</returns>
    public static T[] InThreads<T>(int count, TimeSpan timeout, Func<RankGroup, T> work)
    {
        var port = FreePort();
        var ranks = Enumerable.Range(0, count).Select(rank => Task.Factory.StartNew(
            () =>
            {
                using var group = RankGroup.Join(new LaunchedRank("a test", rank, count, rank, "127.0.0.1", port, false, "threads") { LocalCount = count }, timeout);
                return work(group);
            },
            TaskCreationOptions.LongRunning)).ToArray();
        Task.WaitAll(ranks, TimeSpan.FromMinutes(5)).ShouldBeTrue("the ranks wait for each other");
        return [.. ranks.Select(rank => rank.Result)];
    }

    /// <summary>A port that nobody listens to.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
