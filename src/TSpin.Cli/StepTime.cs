namespace TSpin.Cli;

/// <summary>Time left of a row of steps: the mean of the later half of the steps so far, so that neither what came before the first nor a busy hour long ago counts.</summary>
/// <param name="clock">Tells the time.</param>
internal sealed class StepTime(TimeProvider clock)
{
    private readonly List<(int Step, long At)> _seen = [];

    /// <summary>Forgets all steps: another row begins.</summary>
    public void Restart() => _seen.Clear();

    /// <summary>A step was done.</summary>
    /// <param name="step">Its number, from 1.</param>
    /// <param name="steps">All steps.</param>
    /// <param name="seconds">What it took itself.</param>
    /// <returns>Seconds left.</returns>
    public double After(int step, int steps, double seconds)
    {
        var now = clock.GetTimestamp();
        _seen.Add((step, now));
        var (from, at) = _seen[(_seen.Count - 1) / 2];
        return (step > from ? clock.GetElapsedTime(at, now).TotalSeconds / (step - from) : seconds) * (steps - step);
    }
}
