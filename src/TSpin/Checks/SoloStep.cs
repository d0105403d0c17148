using TSpin.Optimization;
using TSpin.Prompts;

namespace TSpin.Checks;

/// <summary>A step that several processes take together, as one process takes it.</summary>
/// <param name="Metrics">What the step was like.</param>
/// <param name="LossSpread">How far another order of summation moves the loss of any step, measured by training on the reversed windows.</param>
/// <param name="NormSpread">The same of the gradient norm, relatively.</param>
internal sealed record SoloStep(StepMetrics Metrics, double LossSpread, double NormSpread)
{
    /// <summary>The steps of one process.</summary>
    /// <param name="windows">Of each step.</param>
    /// <param name="train">Trains on windows and tells of each step.</param>
    public static IReadOnlyList<SoloStep> Of(IReadOnlyList<Triplet[]> windows, Action<IReadOnlyList<Triplet[]>, Action<StepMetrics>> train)
    {
        var (forwards, backwards) = (new List<StepMetrics>(), new List<StepMetrics>());
        train(windows, forwards.Add);
        train([.. windows.Select(window => window.Reverse().ToArray())], backwards.Add);
        var loss = forwards.Zip(backwards).Max(pair => Math.Abs(pair.First.Loss - pair.Second.Loss));
        var norm = forwards.Zip(backwards).Max(pair => Math.Abs(pair.First.GradientNorm - pair.Second.GradientNorm) / pair.First.GradientNorm);
        return [.. forwards.Select(metrics => new SoloStep(metrics, loss, norm))];
    }
}
