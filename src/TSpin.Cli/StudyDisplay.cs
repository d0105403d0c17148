using System.Globalization;
using TSpin.SelfPlay;
using TSpin.Studies;

namespace TSpin.Cli;

/// <summary>
/// Shows a study as it goes: a line for each cell with what is left, another with what it found; in a terminal a bar of
/// the cells below, and what the one under way is at.
/// </summary>
/// <param name="output">Standard error, so that standard output stays for results.</param>
/// <param name="block">The terminal's last lines; null where there is none.</param>
/// <param name="scores">The scores whose values are shown of a finished cell.</param>
internal sealed class StudyDisplay(TextWriter output, LiveBlock? block, IReadOnlyList<string> scores) : IProgress<StudyEvent>
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly HashSet<string> _alarms = [];
    private DateTime _painted;
    private string _cell = "";
    private string _stage = "";
    private (int Done, int Left) _cells;

    public static StudyDisplay OnConsole(IReadOnlyList<string> scores)
    {
        var block = LiveBlock.IsOnConsole
            ? new LiveBlock(Console.Error, () => Console.WindowWidth, LiveBlock.IsConsoleColoured) : null;
        if (block is not null)
        {
            Interruption.Said += block.Leave;
        }

        return new StudyDisplay(Console.Error, block, scores);
    }

    public void Report(StudyEvent value)
    {
        switch (value)
        {
            case CellStarted started:
                _cells = (started.Number - 1, started.Left);
                _cell = started.Cell.Key;
                _stage = "";
                Line($"{started.Left} {(started.Left == 1 ? "cell" : "cells")} left{(started.SecondsLeft is { } seconds ? $", about {Time(seconds)}" : "")}: {_cell}");
                break;
            case CellMoved { Event: StageStarted stage }:
                _stage = $"{(stage.Iteration < 0 ? "" : $"iteration {stage.Iteration}: ")}{stage.Stage}";
                Paint("");
                break;
            case CellMoved { Event: Generated { Progress: var progress } }:
                Paint($"{progress.Done} of {progress.Total} {progress.Counted}");
                break;
            case CellMoved { Event: Stepped { Metrics: var step } }:
                Paint(string.Create(CultureInfo.InvariantCulture, $"step {step.Step} of {step.Steps}  loss {step.Loss:F4}"));
                break;
            // Of many cells with the same data one says it.
            case CellMoved { Event: Noticed { IsAlarm: true } alarm } when _alarms.Add(alarm.Text):
                Line($"  ALARM in {(alarm.Iteration < 0 ? "the cell" : $"iteration {alarm.Iteration}")}: {alarm.Text}");
                break;
            case CellFinished { Line: var line }:
                Line($"  {(line.Failed is { } why ? $"failed: {why}" : Found(line))}");
                break;
            case StudyNoticed notice:
                Line(notice.Text);
                break;
        }
    }

    /// <summary>A time as people read it.</summary>
    public static string Time(double seconds) => TimeSpan.FromSeconds(seconds) is var time && time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:F1} hours")
        : time.TotalMinutes >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:F0} minutes")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F0} seconds");

    private string Found(LedgerLine line)
    {
        var names = scores.Count > 0 ? scores : [.. (line.Result?.Scores ?? []).Select(score => score.Name).Take(3)];
        var values = names.Select(name => line.Result?.Find(name)).OfType<LedgerScore>().Select(score => $"{score.Name} {Value(score)}");
        return string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", values)}; {line.Minutes - line.AdoptedMinutes:F1} minutes");
    }

    private static string Value(LedgerScore score) => score.Value is >= 0 and <= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{100 * score.Value:F1}%") : score.Value.ToString("F3", CultureInfo.InvariantCulture);

    private void Line(string text)
    {
        block?.Clear();
        output.WriteLine(text);
        _painted = default;
        Paint("");
    }

    private void Paint(string progress)
    {
        if (block is null || DateTime.UtcNow - _painted < Pause)
        {
            return;
        }

        _painted = DateTime.UtcNow;
        var all = _cells.Done + _cells.Left;
        block.Paint(
            $"{block.Bar(_cells.Done, Math.Max(1, all))}{_cells.Done} of {all} cells",
            $"  {_cell}",
            $"  {_stage}{(progress.Length > 0 ? "  " + progress : "")}");
    }
}
