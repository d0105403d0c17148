using System.CommandLine;
using System.Text.Json;
using TSpin.Files;
using TSpin.Optimization;
using TSpin.Torch;

namespace TSpin.Bench;

/// <summary><c>bench ranks</c>: training steps of several processes beside those of one with as many threads. docs/distributed.md.</summary>
internal static class RanksCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create()
    {
        var trained = BenchShape.All.Where(shape => shape.Kind == BenchKind.Train).ToArray();
        var name = new Option<string>("--shape") { Description = string.Join(", ", trained.Select(shape => shape.Name)) + ".", DefaultValueFactory = _ => "smol" };
        var type = new Option<string>("--type") { Description = "bfloat16 or float32.", DefaultValueFactory = _ => "float32" };
        var count = new Option<int?>("--count") { Description = "Triplets of a step, over all processes. Default: the shape's.", HelpName = "N" };
        var processes = new Option<int>("--processes") { Description = "How many processes share a step.", DefaultValueFactory = _ => 2 };
        var threads = new Option<int>("--threads") { Description = "Threads of each of them; the one process has as many as all of them together.", DefaultValueFactory = _ => 1 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds that count, in each of which every side takes one step; one before them does not.", DefaultValueFactory = _ => 5 };
        var minutes = new Option<double>("--minutes") { Description = "No round begins later than so long after the start.", DefaultValueFactory = _ => 60 };
        var sharding = new Option<string[]>("--sharding") { Description = "Only these: none, optimizer, full.", Arity = ArgumentArity.ZeroOrMore };
        var optimizer = new Option<OptimizerKind>("--optimizer") { Description = "What updates the parameters.", DefaultValueFactory = _ => OptimizerKind.RmsProp };
        var recompute = new Option<bool>("--recompute") { Description = "Blocks are computed again in backward." };
        var json = new Option<string?>("--json") { Description = "Write the measurements there too.", HelpName = "FILE" };
        var worker = new Option<string?>("--worker") { Hidden = true };
        var folder = new Option<string?>("--folder") { Hidden = true };
        name.AcceptOnlyFromAmong([.. trained.Select(shape => shape.Name)]);
        type.AcceptOnlyFromAmong("bfloat16", "float32");
        sharding.AcceptOnlyFromAmong("none", "optimizer", "full");
        var command = new Command("ranks", "Steps of several processes beside those of one with as many threads, in turn. Example: tspin bench ranks --sharding none --sharding optimizer --json ranks.json")
        {
            name, type, count, processes, threads, rounds, minutes, sharding, optimizer, recompute, json, worker, folder,
        };
        command.SetAction(result =>
        {
            var shape = trained.First(shape => shape.Name == result.GetValue(name));
            var bench = new RanksBench
            {
                Shape = shape with { Count = result.GetValue(count) ?? shape.Count },
                Type = result.GetValue(type)!,
                Processes = result.GetValue(processes),
                Threads = result.GetValue(threads),
                Training = new TrainingChoice { Optimizer = result.GetValue(optimizer), Recompute = result.GetValue(recompute) },
            };
            try
            {
                if (result.GetValue(worker) is { } side)
                {
                    return RanksWorker.Run(bench, side, result.GetValue(folder)!);
                }

                if (bench.Processes < 2 || bench.Threads < 1 || bench.Shape.Count < 1 || result.GetValue(rounds) < 1)
                {
                    throw new WorkerException("--processes must be at least 2, --threads, --count and --rounds at least 1");
                }

                var sides = result.GetValue(sharding) is { Length: > 0 } chosen ? chosen.Distinct().ToArray() : ["none", "optimizer", "full"];
                var measured = bench.Run(sides, result.GetValue(rounds), TimeSpan.FromMinutes(result.GetValue(minutes)), Console.WriteLine);
                if (result.GetValue(json) is { } file)
                {
                    AtomicFile.WriteText(file, JsonSerializer.Serialize(measured, Indented) + "\n");
                }

                return 0;
            }
            catch (Exception error) when (error is WorkerException or TSpinException or TorchLibraryException)
            {
                Console.Error.WriteLine($"bench ranks: {error.Message}");
                return 1;
            }
        });
        return command;
    }
}
