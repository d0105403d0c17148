using System.Globalization;
using System.Net;
using System.Net.Sockets;
using TSpin.Models;

namespace TSpin.Bench;

/// <summary>
/// One process and groups of processes that train the same model on the same steps. All of them live through all rounds, and in a round one side after the other takes a step, so that what else the
/// machine does meets all alike: what counts are the ratios within a round.
/// </summary>
internal sealed record RanksBench
{
    /// <summary>The side that is one process.</summary>
    public const string Alone = "alone";

    public required BenchShape Shape { get; init; }

    public required string Type { get; init; }

    public required int Processes { get; init; }

    /// <summary>Of each of several processes.</summary>
    public required int Threads { get; init; }

    public required TrainingChoice Training { get; init; }

    /// <summary>Measures.</summary>
    /// <param name="sharding">The groups: none, optimizer, full.</param>
    /// <param name="rounds">Rounds that count.</param>
    /// <param name="limit">No round begins later than so long after the start.</param>
    /// <param name="print">Takes lines of text.</param>
    /// <returns>What is written as JSON, of one process first.</returns>
    public IReadOnlyList<RanksMeasurement> Run(IReadOnlyList<string> sharding, int rounds, TimeSpan limit, Action<string> print)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var folder = Directory.CreateTempSubdirectory("tspin-bench-ranks");
        List<(string Name, WorkerProcess[] Members)> sides = [];
        try
        {
            using (var model = DecoderLoader.Random(Shape.Config(), 1))
            {
                DecoderConfigWriter.Write(model.Config, folder.FullName);
                DecoderSaver.SaveWeights(model, folder.FullName);
            }

            sides.Add((Alone, [Start(Alone, folder.FullName, null, 0)]));
            foreach (var kind in sharding)
            {
                var port = FreePort();
                sides.Add((kind, [.. Enumerable.Range(0, Processes).Select(rank => Start(kind, folder.FullName, rank, port))]));
                // One group after the other: all at once they would meet at the port of another.
                Array.ForEach(sides[^1].Members, member => member.AwaitReady());
            }

            print(string.Create(
                CultureInfo.InvariantCulture,
                $"{Shape.Name} {Type}, {Shape.Count} {Shape.Unit} a step, {Training.Optimizer}: one process of {Processes * Threads} threads, {Processes} of {Threads}; ready after {clock.Elapsed.TotalSeconds:F0} s"));
            var last = TimeSpan.Zero;
            for (var round = 0; round <= rounds && (round <= 1 || clock.Elapsed + last < limit); round++)
            {
                var begin = clock.Elapsed;
                foreach (var (_, members) in sides)
                {
                    Array.ForEach(members, member => member.Begin("step"));
                    Array.ForEach(members, member => member.Finish(count: round > 0));
                }

                last = clock.Elapsed - begin;
            }

            sides.ForEach(side => Array.ForEach(side.Members, member => member.Begin("end")));
            sides.ForEach(side => Array.ForEach(side.Members, member => member.FinishLast()));
            List<RanksMeasurement> measured = [.. sides.Select(side => RanksMeasurement.Of(side.Name, [.. side.Members], sides[0].Members[0]))];
            print(RanksMeasurement.Heading);
            measured.ForEach(side => print(side.ToText()));
            return measured;
        }
        finally
        {
            sides.ForEach(side => Array.ForEach(side.Members, member => member.Dispose()));
            folder.Delete(recursive: true);
        }
    }

    private WorkerProcess Start(string side, string folder, int? rank, int port)
    {
        var threads = (rank is null ? Processes * Threads : Threads).ToString(CultureInfo.InvariantCulture);
        string[] arguments =
        [
            "ranks", "--worker", side, "--folder", folder, "--shape", Shape.Name, "--type", Type, "--count", Shape.Count.ToString(CultureInfo.InvariantCulture), "--threads", threads,
            "--optimizer", Training.Optimizer.ToString(), .. Training.Recompute ? (string[])["--recompute"] : [],
        ];
        var host = Environment.ProcessPath!;
        var start = Path.GetFileNameWithoutExtension(host) == "dotnet"
            ? WorkerProcess.Start(host, [typeof(RanksBench).Assembly.Location, .. arguments], withoutPreset: false)
            : WorkerProcess.Start(host, arguments, withoutPreset: false);
        foreach (var name in (string[])["RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "SLURM_PROCID"])
        {
            start.Environment.Remove(name);
        }

        start.Environment["OMP_NUM_THREADS"] = threads;
        if (rank is { } number)
        {
            var (own, all) = (number.ToString(CultureInfo.InvariantCulture), Processes.ToString(CultureInfo.InvariantCulture));
            (start.Environment["RANK"], start.Environment["LOCAL_RANK"]) = (own, own);
            (start.Environment["WORLD_SIZE"], start.Environment["LOCAL_WORLD_SIZE"]) = (all, all);
            (start.Environment["MASTER_ADDR"], start.Environment["MASTER_PORT"]) = ("127.0.0.1", port.ToString(CultureInfo.InvariantCulture));
        }

        return new WorkerProcess(start);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
