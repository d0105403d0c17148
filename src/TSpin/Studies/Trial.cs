using TSpin.Recipes;
using TSpin.SelfPlay;

namespace TSpin.Studies;

/// <summary>
/// An ordinary run of a recipe, in this process, whose result is read back to be compared with others'. It can be killed
/// and started again as any run. Trials that share a folder of work do what is the same for them once.
/// </summary>
public static class Trial
{
    /// <summary>Runs, or continues, or reads what is finished.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="folder">The run's folder.</param>
    /// <param name="shared">Where trials put what others may need too. Null: nowhere. The run's artifacts have the same
    /// bytes with it and without.</param>
    /// <param name="progress">Whoever watches.</param>
    /// <param name="cancellation">Stops at the next safe point.</param>
    /// <returns>What the trial found.</returns>
    /// <exception cref="TSpinException">As for <see cref="SelfPlayRun.Run"/>.</exception>
    /// <exception cref="OperationCanceledException">Stopped; run again to continue.</exception>
    public static TrialResult Run(
        Recipe recipe, string folder, SharedWork? shared = null, IProgress<RunEvent>? progress = null, CancellationToken cancellation = default)
    {
        var run = Path.GetFullPath(folder);
        if (!IsFinished(recipe, run))
        {
            var time = new TrialTime(run, progress);
            var lent = shared?.Lend(recipe, run, time, progress);
            try
            {
                new SelfPlayRun(recipe, run, new Relay<RunEvent>(value =>
                {
                    time.Report(value);
                    lent?.Watch(value, progress);
                })).Run(cancellation);
            }
            catch
            {
                TryLeave(time, lent);
                throw;
            }

            Leave(time, lent);
        }

        return TrialResult.Read(recipe, run);
    }

    private static void Leave(TrialTime time, SharedLoan? lent)
    {
        time.Stop();
        lent?.TakeBack();
    }

    private static void TryLeave(TrialTime time, SharedLoan? lent)
    {
        try
        {
            Leave(time, lent);
        }
        catch (TSpinException)
        {
            // The first error is the one to report.
        }
    }

    // A finished run is not even opened: its weights may have been moved away.
    private static bool IsFinished(Recipe recipe, string folder)
    {
        var run = new Checkpoints.RunFolder(folder);
        return RunStatus.Read(run.Run) is { Status: "finished" } && File.Exists(run.Recipe) && File.ReadAllText(run.Recipe) == RecipeWriter.Write(recipe);
    }
}
