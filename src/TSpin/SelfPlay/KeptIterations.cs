using TSpin.Checkpoints;

namespace TSpin.SelfPlay;

/// <summary>Which iterations' weights stay on disk.</summary>
internal static class KeptIterations
{
    /// <summary>Deletes what is over. Done anew for every iteration of a resumed run, so that what a kill left half deleted goes too.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="manifest">Knows what the weights that stay must be.</param>
    /// <param name="keeping">Which iterations stay.</param>
    /// <param name="last">The last finished iteration.</param>
    /// <param name="isOver">Whether no further one follows.</param>
    /// <param name="best">Finds the best iteration so far.</param>
    /// <exception cref="TSpinException">Weights that stay are gone.</exception>
    public static void Drop(RunFolder folder, RunManifest manifest, CheckpointKeeping keeping, int last, bool isOver, Func<int> best)
    {
        var chosen = keeping == CheckpointKeeping.Best ? best() : last;
        for (var t = 0; t <= last; t++)
        {
            StateFiles.Delete(folder.TrainingState(t));

            if (t < last || isOver)
            {
                CheckpointFolder.Delete(folder.Masters(t));
            }

            if (!IsKept(t))
            {
                CheckpointFolder.Delete(folder.Checkpoint(t));
            }
            else if (isOver && !Directory.Exists(folder.Checkpoint(t)))
            {
                manifest.Verify(folder.Checkpoint(t));
            }
        }

        // The next iteration, or a resumed run, starts from the last checkpoint.
        bool IsKept(int iteration) => keeping == CheckpointKeeping.All || iteration == chosen || (iteration == last && !isOver);
    }
}
