using System.CommandLine;
using TSpin.Dashboard;

namespace TSpin.Cli;

/// <summary><c>tspin dashboard</c>: a live page on the runs of a folder.</summary>
internal static class DashboardCommand
{
    private const int DefaultPort = 8321;

    public static Command Create()
    {
        var runs = new Argument<string>("RUNS")
        {
            Description = "A folder of runs, or of one run. Default: runs.",
            DefaultValueFactory = _ => "runs",
        };
        var port = new Option<int>("--port")
        {
            Description = $"Port on this machine; 0 takes a free one. Default: {DefaultPort}.",
            HelpName = "N",
            DefaultValueFactory = _ => DefaultPort,
        };
        var command = new Command(
            "dashboard",
            "A live page on all runs of a folder, for this machine's browser. Example: tspin dashboard runs")
        {
            runs, port,
        };
        command.SetAction((result, end) =>
            ServeAsync(result.GetRequiredValue(runs), result.GetRequiredValue(port), end));
        return command;
    }

    private static async Task<int> ServeAsync(string runs, int port, CancellationToken end)
    {
        if (port is < 0 or > ushort.MaxValue)
        {
            throw new TSpinException($"--port {port}: no port. Use 1 to {ushort.MaxValue}, or 0 for any that is free.");
        }

        using var interruption = new Interruption();
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(interruption.Token, end);
        await using var server = await DashboardServer.StartAsync(runs, port);
        Console.WriteLine($"{Path.GetFullPath(runs)}: {server.Address}");
        Console.WriteLine(
            $"From another machine: ssh -L {server.Address.Port}:127.0.0.1:{server.Address.Port} "
            + $"{Environment.MachineName}. Ctrl-C ends it.");
        try
        {
            await Task.Delay(Timeout.Infinite, ends.Token);
        }
        catch (OperationCanceledException)
        {
            // This is how it ends.
        }

        return 0;
    }
}
