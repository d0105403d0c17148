using System.Diagnostics;
using System.Text.Json;

namespace TSpin.Bench;

/// <summary>A worker as its parent sees it.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process _process;
    private bool _ready;

    /// <summary>Starts it; several make ready at the same time.</summary>
    public WorkerProcess(ProcessStartInfo start)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        _process = Process.Start(start)!;
    }

    public List<double> Seconds { get; } = [];

    public List<double> CpuSeconds { get; } = [];

    /// <summary>CPU time of the process so far, in seconds.</summary>
    public double TotalCpuSeconds => _process.TotalProcessorTime.TotalSeconds;

    public long PeakBytes { get; private set; }

    /// <summary>This program again, or Python with the peer, in the environment of the parent but for what is given.</summary>
    public static ProcessStartInfo Start(string file, IEnumerable<string> arguments, bool withoutPreset, string? preload = null)
    {
        var start = new ProcessStartInfo(file);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        if (withoutPreset)
        {
            start.Environment.Remove("OPENBLAS_CORETYPE");
        }

        if (preload is not null)
        {
            start.Environment["LD_PRELOAD"] = preload;
        }

        return start;
    }

    /// <summary>Waits until it has made ready.</summary>
    public void AwaitReady()
    {
        if (!_ready && Read() != "ready")
        {
            throw new InvalidOperationException($"{_process.StartInfo.FileName} did not start");
        }

        _ready = true;
    }

    public void Once(string command, bool count)
    {
        AwaitReady();
        _process.StandardInput.WriteLine(command);
        _process.StandardInput.Flush();
        using var answer = JsonDocument.Parse(Read());
        if (count)
        {
            Seconds.Add(answer.RootElement.GetProperty("seconds").GetDouble());
            CpuSeconds.Add(answer.RootElement.GetProperty("cpu_seconds").GetDouble());
        }
    }

    public void End()
    {
        _process.StandardInput.WriteLine("end");
        _process.StandardInput.Flush();
        using var answer = JsonDocument.Parse(Read());
        PeakBytes = answer.RootElement.GetProperty("peak_bytes").GetInt64();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private string Read() => _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("a worker ended early; its message is above");
}
