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

    /// <summary>Whether an iteration's steps all have learning rate 0, so that it trains nothing: a single step that is all warm-up.</summary>
    /// <param name="steps">All steps of the iteration.</param>
    /// <param name="settings">Warm-up and schedule.</param>
    /// <returns>What to do about it; null where some step learns.</returns>
    public static string? IsAlwaysZero(int steps, TrainingSettings settings)
    {
        var warmup = WarmupSteps(steps, settings.WarmupShare);
        return Enumerable.Range(0, steps).Any(step => Factor(step, steps, warmup, settings.Schedule) > 0) ? null
            : $"an iteration has {steps} optimizer step{(steps == 1 ? "" : "s")}, and with training.warmup_share {settings.WarmupShare.ToString(System.Globalization.CultureInfo.InvariantCulture)} "
                + "the learning rate is 0 in every one: nothing will be learned. Set training.warmup_share to 0, or make more steps (a smaller training.batch_size, more epochs or examples).";
    }

    /// <summary>Warm-up steps for a share of all steps, rounded up as transformers does.</summary>
    /// <param name="steps">All steps.</param>
    /// <param name="share">From 0 to 1.</param>
    /// <returns>The number of steps.</returns>
    public static int WarmupSteps(int steps, double share) => (int)Math.Ceiling(steps * share);
}
