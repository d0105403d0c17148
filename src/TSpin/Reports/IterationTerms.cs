namespace TSpin.Reports;

/// <summary>
/// The training of one iteration in a line: means over its last fifth of the steps (at least one), where the iteration ended up.
/// A quantity that the method does not have or that was not recorded is NaN.
/// </summary>
/// <param name="Steps">Optimizer steps recorded.</param>
/// <param name="FirstLoss">Loss of the first step.</param>
/// <param name="Loss">Loss at the end.</param>
/// <param name="CurrentAdvantage">Current advantage u at the end, nats.</param>
/// <param name="HistoricalAdvantage">Historical advantage v at the end, nats.</param>
/// <param name="SaturatedShare">Share of saturated triplets at the end, in [0, 1].</param>
/// <param name="MisalignedShare">Share of triplets with higher reward but lower log-likelihood of the annotated response at the end, in [0, 1].</param>
/// <param name="LogProbPerTokenAnnotated">Log-probability of the annotated training responses at the end, nats per token.</param>
/// <param name="Seconds">Sum of the steps' durations, seconds.</param>
/// <param name="PeakMemoryBytes">Largest memory seen, bytes.</param>
public sealed record IterationTerms(
    int Steps,
    double FirstLoss,
    double Loss,
    double CurrentAdvantage,
    double HistoricalAdvantage,
    double SaturatedShare,
    double MisalignedShare,
    double LogProbPerTokenAnnotated,
    double Seconds,
    double PeakMemoryBytes)
{
    /// <summary>Sums up the steps of one iteration.</summary>
    /// <param name="steps">The steps in order.</param>
    /// <returns>The line, or <see langword="null"/> where there are no steps.</returns>
    public static IterationTerms? From(IReadOnlyList<RecordedStep> steps)
    {
        if (steps.Count == 0)
        {
            return null;
        }

        var ending = steps.Skip(steps.Count - Math.Max(1, steps.Count / 5)).ToList();
        return new IterationTerms(
            steps.Count,
            steps[0].Loss,
            Mean(ending, step => step.Loss),
            Mean(ending, step => step.CurrentAdvantage),
            Mean(ending, step => step.HistoricalAdvantage),
            Mean(ending, step => step.SaturatedShare),
            Mean(ending, step => step.MisalignedShare),
            Mean(ending, step => step.LogProbPerTokenAnnotated),
            Finite(steps, step => step.Seconds).Sum(),
            Finite(steps, step => step.PeakMemoryBytes).DefaultIfEmpty(double.NaN).Max());
    }

    private static double Mean(IEnumerable<RecordedStep> steps, Func<RecordedStep, double> quantity) =>
        Finite(steps, quantity).DefaultIfEmpty(double.NaN).Average();

    private static IEnumerable<double> Finite(IEnumerable<RecordedStep> steps, Func<RecordedStep, double> quantity) =>
        steps.Select(quantity).Where(double.IsFinite);
}
