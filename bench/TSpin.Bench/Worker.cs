using System.Diagnostics;
using System.Text.Json;

namespace TSpin.Bench;

/// <summary>The protocol of all workers: "ready", then one line {"seconds", "cpu_seconds", "wait_seconds"} per line read, and {"peak_bytes", "alone_seconds"} after "end".</summary>
internal static class Worker
{
    /// <param name="once">What is measured.</param>
    /// <param name="waited">Seconds of it that were spent waiting for other processes. Default: nobody waits.</param>
    /// <param name="alone">What took so long by itself before the first line; see <see cref="RanksMeasurement"/>. Default: nothing.</param>
    public static int Obey(Action once, Func<double?>? waited = null, double? alone = null)
    {
        Console.WriteLine("ready");
        while (Console.ReadLine() is { } line && line != "end")
        {
            var cpu = Process.GetCurrentProcess().TotalProcessorTime;
            var clock = Stopwatch.StartNew();
            once();
            var seconds = clock.Elapsed.TotalSeconds;
            Console.WriteLine(JsonSerializer.Serialize(new { seconds, cpu_seconds = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds, wait_seconds = waited?.Invoke() }));
        }

        var peak = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal));
        var kilobytes = long.Parse(string.Concat(peak.Where(char.IsAsciiDigit)), System.Globalization.CultureInfo.InvariantCulture);
        Console.WriteLine(JsonSerializer.Serialize(new { peak_bytes = kilobytes * 1024, alone_seconds = alone }));
        return 0;
    }
}
