namespace TSpin.Tuning;

/// <summary>A candidate and what became of it.</summary>
/// <param name="Candidate">The candidate.</param>
/// <param name="Folder">The trial's folder.</param>
/// <param name="Outcome">What it found; null where it was not tried to its end.</param>
/// <param name="Iteration">The iteration that counts, zero-based; of several the earliest within one error of the
/// best.</param>
/// <param name="Reason">Why it was not tried, or not to its end; null where it was.</param>
public sealed record TuneTrial(
    TuneCandidate Candidate, string Folder, TuneOutcome? Outcome, int Iteration = 0, string? Reason = null)
{
    /// <summary>The scores that count; null where there are none.</summary>
    public TuneScores? Result => Outcome?.Iterations[Iteration];

    /// <summary>A trial that was tried to its end, with the iteration that counts; or that diverged.</summary>
    /// <param name="candidate">The candidate.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="outcome">What it found.</param>
    /// <returns>The trial.</returns>
    public static TuneTrial Of(TuneCandidate candidate, string folder, TuneOutcome outcome) =>
        outcome.Diverged is { } why
        ? new(candidate, folder, null, Reason: $"it diverged: {why}") : new(candidate, folder, outcome,
        TuneChoice.Of([.. outcome.Iterations.Select(own => own.Scores)],
            [.. Enumerable.Range(0, outcome.Iterations.Count)]));
}
