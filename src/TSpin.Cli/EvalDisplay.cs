using System.Diagnostics;
using System.Globalization;
using TSpin.Evaluation.Harness;

namespace TSpin.Cli;

/// <summary>How far an evaluation is: a line that is rewritten in a terminal, and printed now and then elsewhere.</summary>
/// <param name="output">Where to.</param>
/// <param name="isTerminal">Whether lines can be rewritten.</param>
internal sealed class EvalDisplay(TextWriter output, bool isTerminal) : IProgress<HarnessProgress>
{
    private readonly Stopwatch _sinceShown = Stopwatch.StartNew();

    public static EvalDisplay OnConsole() => new(Console.Error, !Console.IsErrorRedirected);

    public void Report(HarnessProgress value)
    {
        var isLast = value.Done == value.Total;
        if (!isLast && _sinceShown.Elapsed < (isTerminal ? TimeSpan.FromMilliseconds(100) : TimeSpan.FromSeconds(10)))
        {
            return;
        }

        _sinceShown.Restart();
        var text = string.Create(CultureInfo.InvariantCulture, $"{value.Task}: {value.Done:N0} of {value.Total:N0} questions  {value.QuestionsPerSecond:F1}/s{Left(value.SecondsLeft)}");
        output.Write(isTerminal ? "\r\u001b[2K" + text[..Math.Min(text.Length, Math.Max(20, Console.WindowWidth - 1))] + (isLast ? "\n" : "") : text + "\n");
    }

    private static string Left(double? seconds) => seconds is not { } value || !double.IsFinite(value) ? ""
        : "  " + TimeSpan.FromSeconds(value).ToString(value < 3600 ? @"m\:ss" : @"h\:mm\:ss", CultureInfo.InvariantCulture) + " left";
}
