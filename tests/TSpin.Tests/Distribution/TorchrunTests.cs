using System.Diagnostics;
using System.Globalization;
using Shouldly;
using TSpin.Checkpoints;
using TSpin.Distribution;
using TSpin.Recipes;
using TSpin.Tests.SelfPlay;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Distribution;

/// <summary>A run that torch's own launcher starts, and starts again.</summary>
[Trait("Category", "Slow")]
public sealed class TorchrunTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    /// <summary>A rank is killed in the middle of training: torchrun starts all of them again, and the weights are those of an undisturbed run.</summary>
    [Fact]
    public void Torchrun_starts_a_killed_run_again_and_it_ends_with_the_same_weights()
    {
        Assert.SkipUnless(ProcessGroup.IsAvailable, "this libtorch has no c10d with Gloo");
        Assert.SkipUnless(HasTorchrun(), $"{Python} has no torch.distributed.run (apt-get install python3-torch)");
        var recipe = _tiny.Recipe();
        recipe = recipe with
        {
            Training = recipe.Training with { Iterations = 1, Epochs = 60, SaveEverySteps = 10 },
            Distribution = new DistributionSettings { TimeoutSeconds = 60, Sharding = ShardingKind.Full },
        };
        File.WriteAllText(_tiny["recipe.yaml"], RecipeWriter.Write(recipe));
        Launch("undisturbed").ShouldBe(0);

        var run = new RunFolder(_tiny["killed"]);
        var hasKilled = false;
        Launch("killed", () =>
        {
            if (!hasKilled && File.Exists(run.TrainingState(0)) && Ranks() is [_, .. var others])
            {
                hasKilled = true;
                others[0].Kill();
            }
        }).ShouldBe(0);

        hasKilled.ShouldBeTrue();
        TinyRun.Outcome(_tiny["killed"]).ShouldBe(TinyRun.Outcome(_tiny["undisturbed"]));
    }

    private static bool HasTorchrun()
    {
        if (!File.Exists(Python))
        {
            return false;
        }

        using var process = Process.Start(new ProcessStartInfo(Python, ["-c", "import torch.distributed.run"]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    // Processes of the command line that belong to this run, the youngest last.
    private Process[] Ranks() => [.. Process.GetProcessesByName("dotnet").Where(process =>
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/cmdline")).Contains(_tiny["recipe.yaml"], StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }).OrderBy(process => process.Id)];

    private int Launch(string run, Action? watch = null)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "TSpin.Cli.dll");
        string[] torchrun = ["-m", "torch.distributed.run", "--no_python", "--nproc_per_node", "2", "--max_restarts", "2", "--monitor_interval", "0.2", "-r", "9:3", "-t", "9:3"];
        var port = LaunchedProcesses.FreePort().ToString(CultureInfo.InvariantCulture);
        var dotnet = Environment.ProcessPath is { } own && Path.GetFileName(own) == "dotnet" ? own : "dotnet";
        var start = new ProcessStartInfo(Python, [.. torchrun, "--master_port", port, dotnet, program, "run", _tiny["recipe.yaml"], "--run", run])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["OMP_NUM_THREADS"] = "1";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        var clock = Stopwatch.StartNew();
        while (!process.WaitForExit(50) && clock.Elapsed < TimeSpan.FromMinutes(3))
        {
            watch?.Invoke();
        }

        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"torchrun did not end: {errors.Result} {output.Result}");
        }

        return process.ExitCode;
    }
}
