namespace TSpin.Generation;

/// <summary>
/// Time left of work that is counted: at the pace of the later half of the reports so far, so that neither what came before the first nor a busy hour long ago
/// counts.
/// </summary>
/// <param name="clock">Tells the time. Default: the system's.</param>
public sealed class RecentPace(TimeProvider? clock = null)
{
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly List<(double Done, long At)> _seen = [];

    /// <summary>Forgets all reports: other work begins.</summary>
    public void Restart() => _seen.Clear();

    /// <summary>Work was done.</summary>
    /// <param name="done">How much is done by now, in any unit; 0 says that it begins.</param>
    /// <param name="all">How much there is, in the same unit.</param>
    /// <returns>Seconds left; null after the first report, and as long as nothing was done since.</returns>
    public double? Left(double done, double all)
    {
        var now = _clock.GetTimestamp();
        _seen.Add((done, now));
        var (from, at) = _seen[(_seen.Count - 1) / 2];
        return done > from ? _clock.GetElapsedTime(at, now).TotalSeconds / (done - from) * (all - done) : null;
    }
}
