using TSpin.Recipes;

namespace TSpin.Optimization;

/// <summary>Learning rate over the steps of one iteration: linear warm-up, then the schedule, as transformers' schedulers.</summary>
public static class LearningRate
{
    /// <summary>Factor of the peak learning rate.</summary>
    /// <param name="step">Zero-based step.</param>
    /// <param name="steps">All steps of the iteration.</param>
    /// <param name="warmupSteps">Steps of warm-up; the first has factor 0.</param>
    /// <param name="schedule">With q = (step - warm-up) / (steps - warm-up): linear 1 - q, cosine (1 + cos(pi q)) / 2, constant 1.</param>
    /// <returns>A number from 0 to 1.</returns>
    public static double Factor(int step, int steps, int warmupSteps, LearningRateSchedule schedule)
    {
        if (step < warmupSteps)
        {
            return (double)step / warmupSteps;
        }

        var progress = (double)(step - warmupSteps) / Math.Max(1, steps - warmupSteps);
        return schedule switch
        {
            LearningRateSchedule.Linear => Math.Max(0, 1 - progress),
            LearningRateSchedule.Cosine => 0.5 * (1 + Math.Cos(Math.PI * progress)),
            LearningRateSchedule.Constant => 1,
            _ => throw new ArgumentOutOfRangeException(nameof(schedule), schedule, "unknown schedule"),
        };
    }

    /// <summary>Warm-up steps for a share of all steps, rounded up as transformers does.</summary>
    /// <param name="steps">All steps.</param>
    /// <param name="share">From 0 to 1.</param>
    /// <returns>The number of steps.</returns>
    public static int WarmupSteps(int steps, double share) => (int)Math.Ceiling(steps * share);
}
