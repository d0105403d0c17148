using TSpin.Distribution;
using TSpin.Hub;
using TSpin.Recipes;
using TSpin.SelfPlay;
using TSpin.Torch;

namespace TSpin.Cli;

/// <summary>A run whose processes torchrun, srun or Kubernetes has started: the first runs as one process does, the others follow it and say nothing but that they fail.</summary>
internal static class LaunchedRun
{
    /// <summary>Meets the other processes.</summary>
    /// <param name="settings">Time and threads.</param>
    /// <returns>The processes; null where this is the only one.</returns>
    /// <exception cref="TSpinException">As <see cref="LaunchVariables.Read"/> and <see cref="RankGroup.Join"/>.</exception>
    public static RankGroup? Join(DistributionSettings settings)
    {
        if (LaunchVariables.Read() is not { } launched)
        {
            return null;
        }

        if (settings.Threads is { } threads)
        {
            TorchLibrary.Threads = threads;
        }

        return RankGroup.Join(launched, TimeSpan.FromSeconds(settings.TimeoutSeconds));
    }

    /// <summary>Does the part of a process that is not the first.</summary>
    /// <param name="ranks">The processes.</param>
    /// <param name="recipe">As this process reads it.</param>
    /// <returns>The exit code.</returns>
    public static int Follow(RankGroup ranks, Recipe recipe) => Follow(
        ranks, cancellation => new RankWorker(() => HubInputs.Fetch(recipe, () => HubSettings.FromEnvironment(), null, cancellation), ranks).Run(cancellation));

    /// <summary>The same of other work than a run.</summary>
    /// <param name="ranks">The processes.</param>
    /// <param name="work">Follows the first, and returns the exit code.</param>
    /// <returns>The exit code.</returns>
    public static int Follow(RankGroup ranks, Func<CancellationToken, int> work)
    {
        using var interruption = new Interruption(isQuiet: true);
        try
        {
            return work(interruption.Token);
        }
        catch (TSpinException error) when (error is not RankLostException)
        {
            throw new TSpinException($"rank {ranks.Rank} of {ranks.Count}: {error.Message}", error) { ExitCode = error.ExitCode };
        }
    }
}
