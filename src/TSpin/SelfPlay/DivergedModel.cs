using TSpin.Checkpoints;
using TSpin.Generation;

namespace TSpin.SelfPlay;

/// <summary>Logits that are no numbers: what a run can do about it that goes on, or that it must be another.</summary>
internal static class DivergedModel
{
    /// <summary>Lets a model answer.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="model">The model that the run starts from.</param>
    /// <param name="folder">The run.</param>
    /// <param name="trained">The iteration that made the model; -1 for the one that the run starts from.</param>
    /// <param name="work">Answers.</param>
    /// <returns>What <paramref name="work"/> does.</returns>
    /// <exception cref="TSpinException">The logits are no numbers: names the iteration and the cure.</exception>
    public static T Guard<T>(string model, RunFolder folder, int trained, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (TSpinException error) when (error.ExitCode == 4)
        {
            var what = error.Message.Split(Wave.NonFiniteCure, 2)[0];
            throw new TSpinException(
                trained < 0 || !Directory.Exists(folder.Iteration(trained))
                    ? $"{what}{model}, which the run starts from, computes them. Start a new run (--run NAME) with "
                        + "other weights, or with model.dtype float32 where it was bfloat16."
                    : $"{what}Training in iteration {trained} has diverged. Delete {folder.Iteration(trained)} with "
                        + "its lines in manifest.json, and continue with a smaller training.learning_rate "
                        + $"for iteration {trained} (a list with one for each; finished iterations keep theirs).",
                error)
            {
                ExitCode = 4,
            };
        }
    }
}
