using System.Diagnostics;
using System.Globalization;
using TSpin.Evaluation;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Optimization;
using TSpin.SelfPlay;

namespace TSpin.Cli;

/// <summary>
/// Shows a run as it goes: one line per stage and result, and in a terminal some last lines that are rewritten: a bar
/// with rate and time left, how loss, u and v went so far, the last scores. Without a terminal a line with the figures
/// is printed now and then instead.
/// </summary>
internal sealed class RunDisplay : IProgress<RunEvent>
{
    private static readonly TimeSpan TerminalPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PlainPause = TimeSpan.FromSeconds(10);

    private const int RecentSteps = 400;
    private const int SparklineWidth = 16;

    private readonly TextWriter _output;
    private readonly bool _isTerminal;
    private readonly string _prefix;
    private readonly Stopwatch _sinceShown = Stopwatch.StartNew();
    private readonly RecentPace _steps;
    private readonly LiveBlock _block;
    private readonly List<StepMetrics> _recent = [];
    private string _scores = "";

    /// <param name="output">Where to: standard error, so that standard output stays for results.</param>
    /// <param name="isTerminal">Whether lines can be rewritten.</param>
    /// <param name="prefix">Stands before every line, for example the method's name; may be empty.</param>
    /// <param name="clock">Tells the time. Default: the system's.</param>
    /// <param name="width">The terminal's width. Default: the console's.</param>
    /// <param name="isColoured">Whether a terminal gets colours.</param>
    public RunDisplay(TextWriter output, bool isTerminal, string prefix = "", TimeProvider? clock = null,
        Func<int>? width = null, bool isColoured = false)
    {
        _block = new LiveBlock(output, width ?? (() => Console.WindowWidth), isColoured);
        _steps = new RecentPace(clock);
        _output = output;
        _isTerminal = isTerminal;
        _prefix = prefix.Length == 0 ? "" : prefix + "  ";
    }

    public static RunDisplay OnConsole(string prefix = "")
    {
        var display = new RunDisplay(
            Console.Error, LiveBlock.IsOnConsole, prefix, isColoured: LiveBlock.IsConsoleColoured);
        Interruption.Said += display._block.Leave;
        return display;
    }

    public void Report(RunEvent value)
    {
        switch (value)
        {
            case StageStarted stage:
                _steps.Restart();
                _recent.Clear();
                Line($"{Place(stage.Iteration)}{stage.Stage}{(stage.AlreadyDone ? " (done before)" : "")}");
                break;
            case Downloaded { Progress: var progress }:
                Status(
                    $"{progress.File} ({progress.FileNumber} of {progress.Files})  {DiskSpace.Shown(progress.Bytes)} of {DiskSpace.Shown(progress.TotalBytes)}  {DiskSpace.Shown((long)progress.BytesPerSecond)}/s{Left(progress.SecondsLeft)}",
                    progress.Bytes, progress.TotalBytes);
                break;
            case Generated { Progress: var progress }:
                Status(
                    $"{progress.Done} of {progress.Total} {progress.Counted}  {progress.TokensPerSecond:F0} tokens/s{Left(progress.SecondsLeft)}",
                    progress.Done, progress.Total);
                break;
            case Stepped { Metrics: var step }:
                _recent.Add(step);
                _recent.RemoveRange(0, Math.Max(0, _recent.Count - RecentSteps));
                var left = _steps.Left(step.Step, step.Steps) ?? (step.Seconds * (step.Steps - step.Step));
                var advantages = step.CurrentAdvantage is { } u ? string.Create(CultureInfo.InvariantCulture, $"  u {u:F1}  v {step.HistoricalAdvantage ?? 0:F1}") : "";
                Status(
                    string.Create(CultureInfo.InvariantCulture, $"step {step.Step} of {step.Steps}  loss {step.Loss:F4}{advantages}  {step.TokensPerSecond:F0} tokens/s{Left(left)}"),
                    step.Step, step.Steps,
                    string.Create(CultureInfo.InvariantCulture,
                        $"step {step.Step} of {step.Steps}  {step.TokensPerSecond:F0} tokens/s{Left(left)}"));
                break;
            case Evaluated { Result: var result }:
                _scores = $"{(value.Iteration < 0 ? "starting model" : $"iteration {value.Iteration}")}: {Scores(result)}";
                Line($"{Place(value.Iteration)}{Scores(result)}");
                break;
            case Noticed notice:
                Line($"{Place(notice.Iteration)}{(notice.IsAlarm ? "ALARM: " : "")}{notice.Text}");
                break;
        }
    }

    // greedy 41.0% ±2.8 strict, 43.0% ±2.8 flexible, sampled ...
    private static string Scores(CheckpointEvaluation evaluation) => string.Join("; ", evaluation.Results.Select(result =>
    {
        var modes = result.Metrics.GroupBy(metric => metric.Mode).Select(mode =>
            $"{(mode.Key.Length > 0 ? mode.Key + " " : "")}{string.Join(", ", mode.Select(metric => $"{metric.ToText()} {Short(metric)}"))}");
        var format = result.Answers is [{ FormatShare: { } share }, ..] ? string.Create(CultureInfo.InvariantCulture, $"; {100 * share:F0}% end in #### n") : "";
        var nats = result.AnnotatedLogProbPerToken is { } logProb ? string.Create(CultureInfo.InvariantCulture, $"; annotated answers {logProb:F4} nats per token") : "";
        return $"{(evaluation.Results.Count > 1 ? result.Task + ": " : "")}{string.Join(", ", modes)}{format}{nats}";
    }));

    private static string Short(MetricScore metric) =>
        metric.Mode.Length > 0 && metric.Title.StartsWith(metric.Mode + " ", StringComparison.Ordinal) ? metric.Title[(metric.Mode.Length + 1)..] : metric.Title;

    private static string Place(int iteration) => iteration < 0 ? "" : $"iteration {iteration}: ";

    private static string Left(double? seconds) => seconds is not { } value || !double.IsFinite(value) ? ""
        : "  " + TimeSpan.FromSeconds(value).ToString(value < 3600 ? @"m\:ss" : @"h\:mm\:ss", CultureInfo.InvariantCulture) + " left";

    private void Line(string text)
    {
        _block.Clear();
        _output.WriteLine(_prefix + text);
    }

    // The figures of a step stand in the line below the bar.
    private void Status(string text, long done, long total, string? besideBar = null)
    {
        if (done != total && _sinceShown.Elapsed < (_isTerminal ? TerminalPause : PlainPause))
        {
            return;
        }

        _sinceShown.Restart();
        if (!_isTerminal || done == total)
        {
            // What a stage ended with stays.
            Line($"  {text}");
            return;
        }

        _block.Paint([.. new[] { $"{_prefix}  {_block.Bar(done, total)}{besideBar ?? text}", Course(),
            _scores.Length > 0 ? $"{_prefix}  last scores  {_scores}" : "" }.Where(line => line.Length > 0)]);
    }

    // How the last steps went.
    private string Course()
    {
        if (_recent.Count == 0)
        {
            return "";
        }

        var parts = new List<string> { Part("loss", step => step.Loss, "F4") };
        if (_recent[^1].CurrentAdvantage is not null)
        {
            parts.Add(Part("u", step => step.CurrentAdvantage ?? double.NaN));
            parts.Add(Part("v", step => step.HistoricalAdvantage ?? double.NaN));
        }

        return $"{_prefix}  {string.Join("   ", parts)}";

        string Part(string name, Func<StepMetrics, double> of, string format = "F1") =>
            string.Create(CultureInfo.InvariantCulture,
                $"{name} {Sparkline.Of([.. _recent.Select(of)], SparklineWidth)} {of(_recent[^1]).ToString(format, CultureInfo.InvariantCulture)}");
    }
}
