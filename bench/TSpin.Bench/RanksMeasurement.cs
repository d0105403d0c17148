using System.Globalization;

namespace TSpin.Bench;

/// <summary>One side of <see cref="RanksBench"/>.</summary>
/// <param name="Side">One process (<see cref="RanksBench.Alone"/>), or what each of several holds: none, optimizer, full.</param>
/// <param name="Seconds">Of every round's step, the slowest process'.</param>
/// <param name="CpuSeconds">Of every round's step, all threads of all processes.</param>
/// <param name="WaitSeconds">Of every round's step, the first process' waiting for exchanges of gradients and of updated parameters; empty where it has none, or waits within the passes (full).</param>
/// <param name="AloneSeconds">The same exchange with nothing computed beside it; null where there is none.</param>
/// <param name="Speed">Median over rounds: seconds of one process in that round, divided by these.</param>
/// <param name="PeakBytes">Largest resident memory, of the process that has most.</param>
internal sealed record RanksMeasurement(
    string Side, IReadOnlyList<double> Seconds, IReadOnlyList<double> CpuSeconds, IReadOnlyList<double> WaitSeconds, double? AloneSeconds, double Speed, long PeakBytes)
{
    public static string Heading => $"{"side",-12}{"median",11}{"min",9}{"max",9}{"cpu s",9}{"of one process",17}{"waiting",11}{"by itself",11}{"peak",11}";

    /// <summary>What the processes of a side told.</summary>
    public static RanksMeasurement Of(string side, IReadOnlyList<WorkerProcess> members, WorkerProcess alone)
    {
        var rounds = Enumerable.Range(0, members[0].Seconds.Count).ToArray();
        double[] seconds = [.. rounds.Select(round => members.Max(member => member.Seconds[round]))];
        return new RanksMeasurement(
            side, seconds, [.. rounds.Select(round => members.Sum(member => member.CpuSeconds[round]))], members[0].WaitSeconds, members[0].AloneSeconds,
            Measurement.MedianOf([.. rounds.Select(round => alone.Seconds[round] / seconds[round])]), members.Max(member => member.PeakBytes));
    }

    public string ToText() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Side,-12}{Measurement.MedianOf(Seconds),9:F3} s{Seconds.Min(),9:F3}{Seconds.Max(),9:F3}{Measurement.MedianOf(CpuSeconds),9:F3}{100 * Speed,16:F1}%{Shown(WaitSeconds.Count == 0 ? null : Measurement.MedianOf(WaitSeconds)),11}{Shown(AloneSeconds),11}{PeakBytes / 1e9,8:F2} GB");

    private static string Shown(double? seconds) => seconds is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value:F3} s") : "";
}
