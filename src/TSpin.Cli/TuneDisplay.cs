using System.Diagnostics;
using System.Globalization;
using TSpin.Optimization;
using TSpin.SelfPlay;
using TSpin.Tuning;

namespace TSpin.Cli;

/// <summary>
/// Shows tuning as it goes: a line for each finding and trial, and in a terminal some last lines that are rewritten: how
/// far the trial is, what it does, what is left of the time. Without a terminal a line now and then instead.
/// </summary>
/// <param name="output">Where to: standard error, so that standard output stays for results.</param>
/// <param name="isTerminal">Whether lines can be rewritten.</param>
/// <param name="width">The terminal's width. Default: the console's.</param>
/// <param name="isColoured">Whether a terminal gets colours.</param>
internal sealed class TuneDisplay(TextWriter output, bool isTerminal, Func<int>? width = null, bool isColoured = false)
    : IProgress<TuneEvent>
{
    private const int Thousandths = 1000;
    private static readonly TimeSpan TerminalPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PlainPause = TimeSpan.FromSeconds(30);

    private readonly LiveBlock _block = new(output, width ?? (() => Console.WindowWidth), isColoured);
    private readonly Stopwatch _sinceShown = Stopwatch.StartNew();
    private string _title = "";
    private string _stage = "";
    private string _best = "";

    public static TuneDisplay OnConsole()
    {
        var display = new TuneDisplay(Console.Error, LiveBlock.IsOnConsole, isColoured: LiveBlock.IsConsoleColoured);
        Interruption.Said += display._block.Leave;
        return display;
    }

    public void Report(TuneEvent value)
    {
        switch (value)
        {
            case TuneSaid said:
                (_title, _stage) = (said.Text, "");
                Line(said.Text);
                break;
            case TuneStarted started:
                _title = $"{started.Number} of {started.Of}  {started.Candidate.Title}";
                _stage = "";
                if (!isTerminal)
                {
                    Line($"{_title}: about {TunePlan.Shown(started.Predicted)}, {TunePlan.Shown(started.Left)} left in all");
                }

                break;
            case TuneMoved moved:
                Move(moved);
                break;
            case TuneFinished finished:
                var how = $"{finished.Trial.Candidate.Title,-44} {finished.Score}";
                _best = finished.IsBest ? $"best so far  {finished.Trial.Candidate.Title}  {finished.Score}" : _best;
                Line($"{how,-60} {(finished.WasDone ? "done before" : TunePlan.Shown(finished.Trial.Outcome!.Seconds))}"
                    + (finished.IsBest ? "  best so far" : "")
                    + (finished.Trial.Outcome!.Alarms.Count > 0
                        ? $"  ({string.Join(", ", finished.Trial.Outcome.Alarms)})" : ""));
                break;
            case TuneSkipped skipped:
                Line($"{skipped.Trial.Candidate.Title,-44} not tried: {skipped.Trial.Reason}");
                break;
        }
    }

    /// <summary>Takes away what is rewritten; what is printed next stands in its place.</summary>
    public void Close() => _block.Clear();

    private void Move(TuneMoved moved)
    {
        _stage = moved.Event switch
        {
            StageStarted started => started.Stage,
            Generated { Progress: var progress } => $"{Before(_stage)}  {progress.Done} of {progress.Total} {progress.Counted}",
            Stepped { Metrics: var step } => $"training  step {step.Step} of {step.Steps}  {Figures(step)}",
            _ => _stage,
        };
        if (_sinceShown.Elapsed < (isTerminal ? TerminalPause : PlainPause))
        {
            return;
        }

        _sinceShown.Restart();
        var time = $"{TunePlan.Shown(moved.Left)} left, {TunePlan.Shown(moved.LeftInAll)} in all";
        if (!isTerminal)
        {
            Line(string.Create(CultureInfo.InvariantCulture, $"  {_title}: {100 * moved.Done:0}%, {_stage}, {time}"));
            return;
        }

        _block.Paint([.. new[]
        {
            $"  {_block.Bar((long)(Thousandths * moved.Done), Thousandths)}{_title}  {time}", $"  {_stage}",
            _best.Length > 0 ? $"  {_best}" : "",
        }.Where(line => line.Length > 0)]);
    }

    private static string Figures(StepMetrics step) => string.Create(CultureInfo.InvariantCulture,
        $"loss {step.Loss:F4}{(step.CurrentAdvantage is { } u ? $"  u {u:F1}  v {step.HistoricalAdvantage ?? 0:F1}" : "")}");

    private static string Before(string stage) => stage.Split("  ")[0];

    private void Line(string text)
    {
        _block.Clear();
        output.WriteLine(text);
    }
}
