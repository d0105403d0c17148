using System.Diagnostics;
using System.Globalization;
using System.Text;
using TSpin.Files;

namespace TSpin.Evaluation.UserTasks;

/// <summary>
/// A program of the user's own that scores answers: it reads a line of JSON for each on standard input and writes a
/// number a line on standard output, in their order. It is run once
/// for all of them.
/// </summary>
/// <param name="command">As <c>sh</c> takes it.</param>
/// <param name="folder">The folder it runs in.</param>
/// <param name="timeout">How long it may take; it is then killed with its children.</param>
/// <param name="place">Where the command stands, for messages.</param>
public sealed class JudgeProcess(string command, string folder, TimeSpan timeout, string place)
{
    private const int LastLines = 5;

    // What a judge leaves running may hold its output open after it has ended.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    // Without a mark of byte order: many JSON readers refuse it.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private string Called => $"{place}: the judge {Excerpt.Of(command, 80)}";

    /// <summary>Asks the judge.</summary>
    /// <param name="lines">A line of JSON for each answer.</param>
    /// <param name="cancellation">Kills it.</param>
    /// <returns>A score each, in their order; finite.</returns>
    /// <exception cref="TSpinException">It cannot be started, takes too long, ends in an error, or does not print one
    /// finite number for each answer.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<double> Ask(IReadOnlyList<string> lines, CancellationToken cancellation = default)
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = Utf8,
            StandardOutputEncoding = Utf8,
            StandardErrorEncoding = Utf8,
            ArgumentList = { "-c", command },
        };
        using var process = Started(start);
        var scores = new OutputLines(lines.Count + 1, keepsFirst: true);
        var errors = new OutputLines(LastLines, keepsFirst: false);
        var reading = Task.WhenAll(scores.ReadAsync(process.StandardOutput), errors.ReadAsync(process.StandardError));
        var writing = WriteAsync(process.StandardInput, lines);
        var ended = false;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(timeout);
            try
            {
                process.WaitForExitAsync(limit.Token).GetAwaiter().GetResult();
                ended = true;
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                Kill(process);
            }

            Task.WhenAny(reading, Task.Delay(Grace, cancellation)).GetAwaiter().GetResult();
        }
        finally
        {
            if (!ended)
            {
                Kill(process);
            }
        }

        cancellation.ThrowIfCancellationRequested();
        _ = writing;
        var found = scores.Lines();
        return !ended
            ? throw new TSpinException(
                $"{Called} did not end within {timeout.TotalSeconds:0.##} seconds and was killed, after {found.Count} of {lines.Count} scores{LastWords(errors)} "
                + "Raise the timeout, or see what it waits for: it reads to the end of its input, and must flush and end.")
            : process.ExitCode is 126 or 127
                ? throw new TSpinException(
                $"{Called} could not be run (exit code {process.ExitCode}){LastWords(errors)} Check its path, which starts from {folder}, and that it is executable.")
            : process.ExitCode != 0
                ? throw new TSpinException(
                $"{Called} ended with exit code {process.ExitCode} after {found.Count} of {lines.Count} scores{LastWords(errors)} Mend the judge; it must end with 0.")
            : Scores(found, scores.Count, lines.Count, errors);
    }

    private Process Started(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new TSpinException(
                $"{Called} could not be started: {error.Message}. Check that {folder} and /bin/sh are there.", error);
        }
    }

    private double[] Scores(IReadOnlyList<string> found, long printed, int wanted, OutputLines errors)
    {
        var scores = new double[found.Count];
        for (var i = 0; i < found.Count; i++)
        {
            var isNumber = double.TryParse(found[i], NumberStyles.Float, CultureInfo.InvariantCulture, out scores[i]);
            if (!isNumber || !double.IsFinite(scores[i]))
            {
                throw new TSpinException(
                    $"{Called} printed {(found[i].Length == 0 ? "nothing" : Excerpt.Of(found[i], 60))} in line {i + 1}, which is no {(isNumber || IsSpecial(found[i]) ? "finite " : "")}number{LastWords(errors)} "
                    + "It must print one number a line and nothing else; what it says besides belongs on standard error.");
            }
        }

        return printed == wanted ? scores
            : throw new TSpinException(
                $"{Called} printed {printed} scores for {wanted} answers{LastWords(errors)} It must print one number a line, for each line that it reads, in their order.");
    }

    private static bool IsSpecial(string text) => text.TrimStart('+', '-')
        .ToUpperInvariant() is "NAN" or "INF" or "INFINITY";

    private static string LastWords(OutputLines errors) => errors.Lines() is { Count: > 0 } last
        ? $"; its last words on standard error:\n  {string.Join("\n  ", last)}\n" : ".";

    private static async Task WriteAsync(StreamWriter input, IReadOnlyList<string> lines)
    {
        try
        {
            input.NewLine = "\n";
            await using (input)
            {
                foreach (var line in lines)
                {
                    await input.WriteLineAsync(line);
                }
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // It ended without reading all; what it printed tells whether that is a fault.
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit(Grace);
        }
        catch (Exception error) when (
            error is InvalidOperationException or AggregateException or System.ComponentModel.Win32Exception)
        {
            // It has ended by itself.
        }
    }
}
