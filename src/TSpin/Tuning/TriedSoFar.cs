namespace TSpin.Tuning;

/// <summary>What has been tried: of this start, and of earlier ones that left their results in the folder.</summary>
/// <param name="world">Candidates and metric.</param>
/// <param name="trials">Where their runs are.</param>
/// <param name="seed">Seed of the verdict's draws.</param>
internal sealed class TriedSoFar(TuneWorld world, TuneTrials trials, ulong seed)
{
    /// <summary>The kinds of candidates in the order of trying, cheap ones first.</summary>
    public static readonly TuneKind[] Order =
        [TuneKind.Base, TuneKind.Prompted, TuneKind.Sft, TuneKind.SftThenTSpin, TuneKind.TSpin];

    private readonly List<TuneTrial> _trials = [];
    private readonly List<TuneTrial> _finished = [];

    /// <summary>What this start has come to, and what earlier ones finished that it has not come to yet; in the order of trying.</summary>
    public IEnumerable<TuneTrial> All => _trials
        .Concat(_finished.Where(trial => _trials.All(known => known.Folder != trial.Folder)))
        .OrderBy(trial => Array.IndexOf(Order, trial.Candidate.Kind));

    /// <summary>Those with a result.</summary>
    public IEnumerable<TuneTrial> Measured => All.Where(trial => trial.Result is not null);

    /// <summary>Candidates of a kind that earlier starts finished.</summary>
    public IEnumerable<TuneCandidate> FinishedOf(TuneKind kind) =>
        _finished.Select(trial => trial.Candidate).Where(candidate => candidate.Kind == kind);

    /// <summary>
    /// Reads what earlier starts finished. Before anything is tried: whoever stops then still has the best of all of it. T-SPIN that
    /// went on from another start than the best SFT now is was tried too.
    /// </summary>
    public void ReadFinished()
    {
        foreach (var candidate in Order.SelectMany(kind => kind != TuneKind.SftThenTSpin ? world.Of(kind, null)
            : world.Of(TuneKind.Sft, null).SelectMany(start => world.Of(kind, start))))
        {
            if (TuneOutcome.Read(trials.FolderOf(candidate)) is { } known)
            {
                _finished.Add(TuneTrial.Of(candidate, trials.FolderOf(candidate), known));
            }
        }
    }

    /// <summary>What an earlier start made of the trial in a folder; null where it is new.</summary>
    public TuneTrial? Known(string folder) => _finished.Find(trial => trial.Folder == folder);

    /// <summary>Takes a trial that this start came to, and drops the weights of its kind that can neither be chosen nor be gone on from.</summary>
    public void Add(TuneTrial trial, TuneKind kind)
    {
        _trials.Add(trial);
        var best = BestOf(kind);
        foreach (var measured in Measured.Where(known => known.Candidate.Kind == kind))
        {
            trials.Drop(measured, keeps: measured == best);
        }
    }

    /// <summary>The best of a kind; null where none has a result.</summary>
    public TuneTrial? BestOf(TuneKind kind)
    {
        TuneTrial[] own = [.. Measured.Where(trial => trial.Candidate.Kind == kind)];
        return own.Length == 0 ? null
            : own[TuneChoice.Of([.. own.Select(trial => trial.Result!.Scores)], [.. own.Select(_ => 0)])];
    }

    /// <summary>Whether a trial would be chosen were it the last one, and its score in words.</summary>
    public (bool IsBest, string Score) Placed(TuneTrial trial)
    {
        TuneTrial[] tried = [.. Measured.Where(known => known.Folder != trial.Folder), trial];
        return (tried[ChosenOf(tried)] == trial, TuneWords.Of(tried, world.Metric).ScoreWithError(trial));
    }

    /// <summary>Chooses.</summary>
    /// <param name="spentSeconds">What all starts took.</param>
    /// <param name="isComplete">Whether all was tried that there was time for.</param>
    public TuneResult Choose(double spentSeconds, bool isComplete)
    {
        TuneTrial[] tried = [.. Measured];
        var chosen = ChosenOf(tried);
        return new TuneResult([.. All], tried[chosen], TuneVerdict.Of(tried, chosen, world.Metric, seed), world.Metric,
            TuneWords.Of(tried, world.Metric), world.Sentences, spentSeconds, isComplete);
    }

    private static int ChosenOf(IReadOnlyList<TuneTrial> tried) => TuneChoice.Of(
        [.. tried.Select(trial => trial.Result!.Scores)], [.. tried.Select(trial => (int)trial.Candidate.Kind)]);
}
