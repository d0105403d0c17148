using System.Diagnostics;
using System.Text;
using Shouldly;

namespace TSpin.Tests.Cli;

/// <summary>The command line as a process of its own, whose lines can be waited for and which gets real signals.</summary>
internal sealed class TspinProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private readonly object _gate = new();

    private TspinProcess(Process process) => _process = process;

    /// <summary>Everything on standard error so far.</summary>
    public string Errors
    {
        get
        {
            lock (_gate)
            {
                return _errors.ToString();
            }
        }
    }

    public int Id => _process.Id;

    public static TspinProcess Start(params string[] arguments) => Start(new Dictionary<string, string>(), arguments);

    public static TspinProcess Start(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        // A test runner that was started in the background has SIGINT ignored, and its children would inherit that.
        var start = new ProcessStartInfo(
            "/usr/bin/env",
            ["--default-signal=INT", Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet", Path.Combine(AppContext.BaseDirectory, "TSpin.Cli.dll"), .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var child = new TspinProcess(Process.Start(start)!);
        child._process.ErrorDataReceived += (_, line) => child.Add(line.Data);
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Waits until standard error holds a text, or the process has ended.</summary>
    public void WaitFor(string text) => WaitUntil(() => Errors.Contains(text, StringComparison.Ordinal), $"said '{text}'");

    /// <summary>Waits until something holds, or the process has ended.</summary>
    public void WaitUntil(Func<bool> holds, string what = "came so far")
    {
        var clock = Stopwatch.StartNew();
        while (!holds())
        {
            if (_process.HasExited)
            {
                _process.WaitForExit(); // its last words may still be on the way
                holds().ShouldBeTrue($"ended before it {what}:\n{Errors}");
                return;
            }

            clock.Elapsed.ShouldBeLessThan(Patience, $"it never {what}:\n{Errors}");
            lock (_gate)
            {
                Monitor.Wait(_gate, TimeSpan.FromMilliseconds(20));
            }
        }
    }

    public void WriteLine(string line) => _process.StandardInput.WriteLine(line);

    public void Kill() => Process.Start("/bin/kill", ["-KILL", $"{_process.Id}"]).WaitForExit();

    public void Interrupt() => Process.Start("/bin/kill", ["-INT", $"{_process.Id}"]).WaitForExit();

    /// <summary>Waits for the end.</summary>
    /// <returns>Exit code and standard output.</returns>
    public (int Code, string Output) End()
    {
        var output = _process.StandardOutput.ReadToEndAsync();
        _process.WaitForExit(Patience).ShouldBeTrue($"still running:\n{Errors}");
        _process.WaitForExit();
        return (_process.ExitCode, output.GetAwaiter().GetResult());
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private void Add(string? line)
    {
        lock (_gate)
        {
            // Null is the end.
            _ = line is null ? _errors : _errors.AppendLine(line);
            Monitor.PulseAll(_gate);
        }
    }
}
