namespace TSpin.Tuning;

/// <summary>What tuning came to.</summary>
/// <param name="Trials">All candidates, those not tried among them, in the order they came.</param>
/// <param name="Chosen">The one that was chosen.</param>
/// <param name="Verdict">What that means.</param>
/// <param name="Metric">What they were chosen by.</param>
/// <param name="Words">How scores read.</param>
/// <param name="Sentences">What was found in the data and decided.</param>
/// <param name="SpentSeconds">Working time, over all starts.</param>
/// <param name="IsComplete">False where it was stopped: the same command goes on.</param>
public sealed record TuneResult(
    IReadOnlyList<TuneTrial> Trials, TuneTrial Chosen, TuneVerdict Verdict, TuneMetric Metric, TuneWords Words,
    IReadOnlyList<string> Sentences, double SpentSeconds, bool IsComplete)
{
    /// <summary>Those that were tried to their end, the base first.</summary>
    public IReadOnlyList<TuneTrial> Tried => [.. Trials.Where(trial => trial.Result is not null)];

    /// <summary>The rest.</summary>
    public IReadOnlyList<TuneTrial> NotTried => [.. Trials.Where(trial => trial.Result is null)];
}
