using System.Diagnostics;
using TSpin.Files;
using TSpin.SelfPlay;

namespace TSpin.Studies;

/// <summary>
/// Where a trial's time goes, stage by stage, over all its starts: <c>trial-time.json</c> in its folder. A kill loses
/// what the stage under way had taken.
/// </summary>
internal sealed class TrialTime(string folder, IProgress<RunEvent>? progress) : IProgress<RunEvent>
{
    private const string FileName = "trial-time.json";

    private readonly Content _content = ReadContent(folder);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private string _stage = "preparing";

    /// <summary>Seconds of a stage, over all starts.</summary>
    public double SecondsOf(string stage) => _content.Own.GetValueOrDefault(stage);

    /// <summary>Notes that a stage's work is another trial's.</summary>
    public void Adopt(string stage, double seconds)
    {
        _content.Adopted[stage] = seconds;
        Write();
    }

    /// <summary>Whether a stage's work is another trial's.</summary>
    public bool HasAdopted(string stage) => _content.Adopted.ContainsKey(stage);

    /// <summary>The name of a stage.</summary>
    public static string NameOf(int iteration, string stage) => FormattableString.Invariant($"{iteration} {stage}");

    /// <inheritdoc/>
    public void Report(RunEvent value)
    {
        if (value is StageStarted { AlreadyDone: false } started)
        {
            // A kill may have come between noting what is adopted and taking it.
            _content.Adopted.Remove(NameOf(started.Iteration, started.Stage));
            Enter(NameOf(started.Iteration, started.Stage));
        }

        progress?.Report(value);
    }

    /// <summary>Ends the stage under way.</summary>
    public void Stop() => Enter("over");

    /// <summary>Seconds of a trial's own work, and of what it adopted.</summary>
    public static (double Own, double Adopted) Read(string folder)
    {
        var content = ReadContent(folder);
        return (content.Own.Values.Sum(), content.Adopted.Values.Sum());
    }

    private void Enter(string stage)
    {
        _content.Own[_stage] = SecondsOf(_stage) + _clock.Elapsed.TotalSeconds;
        _clock.Restart();
        _stage = stage;
        Write();
    }

    private void Write() => JsonRecordFile.Write(Path.Combine(folder, FileName), _content);

    private static Content ReadContent(string folder) => JsonRecordFile.Read<Content>(
        Path.Combine(folder, FileName), "not the times of a trial", "Delete this file; times are counted anew.") ?? new Content([], []);

    private sealed record Content(SortedDictionary<string, double> Own, SortedDictionary<string, double> Adopted);
}
