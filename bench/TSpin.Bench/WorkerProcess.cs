using System.Diagnostics;
using System.Text.Json;

namespace TSpin.Bench;

/// <summary>A worker as its parent sees it.</summary>
internal sealed class WorkerProcess : IDisposable
{
    /// <summary>How long an answer may take: on a busy machine the slowest shape's step takes a minute.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    private readonly Process _process;
    private readonly string _part;
    private bool _ready;

    /// <summary>Starts it; several make ready at the same time.</summary>
    public WorkerProcess(ProcessStartInfo start)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        _part = string.Join(' ', start.ArgumentList);
        _process = Process.Start(start)!;
    }

    public List<double> Seconds { get; } = [];

    public List<double> CpuSeconds { get; } = [];

    /// <summary>Of every counted answer that tells how long was waited for other processes.</summary>
    public List<double> WaitSeconds { get; } = [];

    /// <summary>What it measured by itself before it was ready, if anything.</summary>
    public double? AloneSeconds { get; private set; }

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
            throw new WorkerException($"{_part}: did not say that it is ready");
        }

        _ready = true;
    }

    public void Once(string command, bool count)
    {
        Begin(command);
        Finish(count);
    }

    /// <summary>Tells it to begin, and does not wait: others may have to begin too.</summary>
    public void Begin(string command)
    {
        AwaitReady();
        _process.StandardInput.WriteLine(command);
        _process.StandardInput.Flush();
    }

    /// <summary>Waits until what was begun is done.</summary>
    public void Finish(bool count)
    {
        using var answer = JsonDocument.Parse(Read());
        if (count)
        {
            Seconds.Add(answer.RootElement.GetProperty("seconds").GetDouble());
            CpuSeconds.Add(answer.RootElement.GetProperty("cpu_seconds").GetDouble());
            if (answer.RootElement.GetProperty("wait_seconds") is { ValueKind: JsonValueKind.Number } waited)
            {
                WaitSeconds.Add(waited.GetDouble());
            }
        }
    }

    public void End()
    {
        Begin("end");
        FinishLast();
    }

    /// <summary>Waits for the end of a process that was told to end.</summary>
    public void FinishLast()
    {
        using var answer = JsonDocument.Parse(Read());
        PeakBytes = answer.RootElement.GetProperty("peak_bytes").GetInt64();
        AloneSeconds = answer.RootElement.GetProperty("alone_seconds") is { ValueKind: JsonValueKind.Number } alone ? alone.GetDouble() : null;
        if (!_process.WaitForExit(Limit))
        {
            throw new WorkerException($"{_part}: does not end");
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private string Read()
    {
        var line = _process.StandardOutput.ReadLineAsync();
        if (!line.Wait(Limit))
        {
            _process.Kill();
            throw new WorkerException($"{_part}: no answer within {Limit.TotalMinutes:F0} minutes");
        }

        return line.Result ?? throw new WorkerException($"{_part}: ended early; its message is above");
    }
}
